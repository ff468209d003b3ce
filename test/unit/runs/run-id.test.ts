import { describe, expect, it } from "vitest";
import { isRunId, makeRunId, unitOf } from "../../../src/runs/run-id.js";

describe("the id of a run", () => {
  it("is made of the time and four digits", () => {
    expect(makeRunId("2026-01-02T03:04:05.678Z", "abcd")).toBe("20260102-030405-abcd");
    expect(unitOf("20260102-030405-abcd")).toBe("limaform-run-20260102-030405-abcd");
  });

  it("is checked before it becomes part of a path or a unit", () => {
    for (const text of ["../../x", "20260102-030405-abcd/1", "20260102-030405-abcde", "", "20260102-030405-ABCD\n"]) {
      expect(isRunId(text)).toBe(false);
      expect(() => unitOf(text)).toThrow(expect.objectContaining({ code: "RUN_ID_INVALID" }));
    }
  });
});
