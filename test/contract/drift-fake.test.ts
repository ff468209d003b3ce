import { describe } from "vitest";
import { driftContract } from "./drift-contract.js";

describe("drift, on the fake limactl", () => driftContract("fake"));
