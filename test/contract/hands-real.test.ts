import { describe, it } from "vitest";
import { realLimaMissing } from "../support/lima.js";
import { handsContract } from "./hands-contract.js";

const missing = realLimaMissing();

describe("other hands, on the real limactl", () => {
  if (missing === null) handsContract("real");
  else {
    it.skipIf(process.env.CI !== "true")(`is not used here: ${missing}`, () => {
      throw new Error(missing);
    });
  }
});
