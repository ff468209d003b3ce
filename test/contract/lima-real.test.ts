import { describe, it } from "vitest";
import { realLimaMissing } from "../support/lima.js";
import { closedContract } from "./closed-contract.js";
import { limaContract } from "./lima-contract.js";
import { recoveryContract } from "./recovery-contract.js";

const missing = realLimaMissing();

describe("the real limactl", () => {
  if (missing === null) {
    limaContract("real");
    closedContract("real");
    recoveryContract("real");
  } else {
    it.skipIf(process.env.CI !== "true")(`is not used here: ${missing}`, () => {
      throw new Error(missing);
    });
  }
});
