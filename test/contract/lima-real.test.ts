import { describe, it } from "vitest";
import { realLimaMissing } from "../support/lima.js";
import { limaContract } from "./lima-contract.js";

const missing = realLimaMissing();

describe("the real limactl", () => {
  if (missing === null) limaContract("real");
  else {
    it.skipIf(process.env.CI !== "true")(`is not used here: ${missing}`, () => {
      throw new Error(missing);
    });
  }
});
