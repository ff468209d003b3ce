import { describe } from "vitest";
import { limaContract } from "./lima-contract.js";

describe("the fake limactl", () => limaContract("fake"));
