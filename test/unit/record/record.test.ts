import { describe, expect, it } from "vitest";
import { type AppliedRecord, decodeRecord, encodeRecord } from "../../../src/record/record.js";

const RECORD: AppliedRecord = {
  format: "limaform.record",
  version: 1,
  engine: "0.1.0",
  project: "my-app",
  owner: "0123456789ab",
  ownerPath: "/home/me/my-app/.git",
  specDigest: "aa",
  workers: 2,
  addresses: {
    "worker.default[1]": { instance: "my-app-worker-1", revision: "ff" },
    "binding.default[1]": { instance: "my-app-worker-1", revision: null },
  },
  lastDurations: { "start:worker": 1200, "create:worker": 900 },
  appliedPlans: ["d1"],
  at: "2026-11-01T00:00:00.000Z",
};

describe("the last-applied record", () => {
  it("reads back what it wrote", () => {
    expect(decodeRecord(encodeRecord(RECORD))).toEqual({ record: RECORD, notices: [] });
  });

  it("writes the same bytes whatever the order of its parts", () => {
    const turned = { ...RECORD, addresses: Object.fromEntries(Object.entries(RECORD.addresses).reverse()) };
    expect(encodeRecord(turned)).toBe(encodeRecord(RECORD));
  });

  it("is simply absent where there is no file", () => {
    expect(decodeRecord(null)).toEqual({ record: null, notices: [] });
  });

  it.each([
    ["an empty file", ""],
    ["another document", "{}"],
    ["a list", "[]"],
    ["a wrong type inside", encodeRecord(RECORD).replace("1200", '"1200"')],
    ["a negative duration", encodeRecord(RECORD).replace("1200", "-1")],
    ["a wrong object inside", encodeRecord(RECORD).replace('"instance": "my-app-worker-1"', '"instance": 4')],
  ])("counts %s as lost and says so", (_, text) => {
    const reading = decodeRecord(text);
    expect(reading.record).toBeNull();
    expect(reading.notices).toEqual([expect.stringContaining("record.json is damaged")]);
  });

  it("refuses a newer format and names the engine that wrote it", () => {
    const newer = encodeRecord(RECORD).replace('"version": 1', '"version": 2').replace("0.1.0", "3.4.5");
    expect(() => decodeRecord(newer)).toThrow(
      expect.objectContaining({ code: "STORE_NEWER_FORMAT", message: expect.stringContaining("limaform 3.4.5") }),
    );
  });
});
