import { describe } from "vitest";
import { closedContract } from "./closed-contract.js";
import { limaContract } from "./lima-contract.js";
import { recoveryContract } from "./recovery-contract.js";

describe("the fake limactl", () => {
  limaContract("fake");
  closedContract("fake");
  recoveryContract("fake");
});
