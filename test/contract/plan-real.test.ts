import { describe, it } from "vitest";
import { realLimaMissing } from "../support/lima.js";
import { planContract } from "./plan-contract.js";

const missing = realLimaMissing();

describe("saved plans, limits and subsets, on the real limactl", () => {
  if (missing === null) planContract("real");
  else {
    it.skipIf(process.env.CI !== "true")(`is not used here: ${missing}`, () => {
      throw new Error(missing);
    });
  }
});
