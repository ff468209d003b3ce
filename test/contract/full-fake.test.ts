import { describe } from "vitest";
import { smallDiskMissing } from "../support/small-disk.js";
import { fullContract } from "./full-contract.js";

describe.skipIf(smallDiskMissing() !== null)("a full disk, on the fake limactl", () => fullContract("fake"));
