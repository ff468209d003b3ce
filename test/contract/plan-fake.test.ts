import { describe } from "vitest";
import { planContract } from "./plan-contract.js";

describe("saved plans, limits and subsets, on the fake limactl", () => planContract("fake"));
