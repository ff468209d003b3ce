import { describe } from "vitest";
import { handsContract } from "./hands-contract.js";

describe("other hands, on the fake limactl", () => handsContract("fake"));
