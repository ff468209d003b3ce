import { describe, it } from "vitest";
import { realLimaMissing } from "../support/lima.js";
import { driftContract } from "./drift-contract.js";

const missing = realLimaMissing();

describe("drift, on the real limactl", () => {
  if (missing === null) driftContract("real");
  else {
    it.skipIf(process.env.CI !== "true")(`is not used here: ${missing}`, () => {
      throw new Error(missing);
    });
  }
});
