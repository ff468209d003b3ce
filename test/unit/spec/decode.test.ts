import { describe, expect, it } from "vitest";
import { SpecError } from "../../../src/errors/errors.js";
import { decodeSpec } from "../../../src/spec/index.js";

const diagnosticOf = (bytes: Buffer) => {
  try {
    return decodeSpec("/x/limaform.toml", bytes);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return (error.details as { diagnostics: readonly unknown[] }).diagnostics;
  }
};

describe("the bytes of a spec", () => {
  it("are UTF-8", () => {
    expect(diagnosticOf(Buffer.from('project = "café"\n'))).toBe('project = "café"\n');
  });

  it.each([
    ["Latin-1", Buffer.from("a = 1\n# caf\xe9\n", "latin1"), 2, 6],
    ["half a character at the end", Buffer.from([0x61, 0xc3]), 1, 2],
  ])("that are %s are refused with the place of the first wrong one", (_, bytes, line, column) => {
    expect(diagnosticOf(bytes)).toEqual([
      expect.objectContaining({ code: "SPEC_SYNTAX", line, column, message: "not UTF-8" }),
    ]);
  });

  it("that are UTF-16 are named so, without a place that would show garbage", () => {
    expect(diagnosticOf(Buffer.from("\ufeffa = 1", "utf16le"))).toEqual([
      expect.objectContaining({ line: 0, message: expect.stringContaining("UTF-16") }),
    ]);
  });
});
