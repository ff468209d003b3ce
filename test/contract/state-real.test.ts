import { describe, it } from "vitest";
import { realLimaMissing } from "../support/lima.js";
import { stateContract } from "./state-contract.js";

const missing = realLimaMissing();

describe("the state folder, on the real limactl", () => {
  if (missing === null) stateContract("real");
  else {
    it.skipIf(process.env.CI !== "true")(`is not used here: ${missing}`, () => {
      throw new Error(missing);
    });
  }
});
