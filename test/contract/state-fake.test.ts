import { describe } from "vitest";
import { stateContract } from "./state-contract.js";

describe("the state folder, on the fake limactl", () => stateContract("fake"));
