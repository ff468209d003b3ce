import { describe, it } from "vitest";
import { realLimaMissing } from "../support/lima.js";
import { smallDiskMissing } from "../support/small-disk.js";
import { fullContract } from "./full-contract.js";

const missing = realLimaMissing() ?? smallDiskMissing();

describe("a full disk, on the real limactl", () => {
  if (missing === null) fullContract("real");
  else {
    it.skipIf(process.env.CI !== "true")(`is not used here: ${missing}`, () => {
      throw new Error(missing);
    });
  }
});
