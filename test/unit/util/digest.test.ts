import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { canonicalJson } from "../../../src/util/canonical-json.js";
import { compareText } from "../../../src/util/compare.js";
import { digestOf, sha256Hex } from "../../../src/util/digest.js";

describe("canonical JSON", () => {
  it("sorts keys at every depth and keeps the order of lists", () => {
    expect(canonicalJson({ b: [3, { d: null, c: true }], a: "x" })).toBe('{"a":"x","b":[3,{"c":true,"d":null}]}');
  });

  it("keeps a field named __proto__", () => {
    expect(canonicalJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });

  it("refuses numbers that JSON would turn into null", () => {
    expect(() => canonicalJson([Number.NaN])).toThrow(RangeError);
    expect(() => canonicalJson({ a: Number.POSITIVE_INFINITY })).toThrow(RangeError);
  });
});

describe("digests", () => {
  it("are those of SHA-256", () => {
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256Hex(new TextEncoder().encode("abc"))).toBe(sha256Hex("abc"));
  });

  it("are the same of a few short texts, for which node:crypto is not loaded, as of all others", async () => {
    const ofNode = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
    const texts = fc.array(fc.string({ unit: "binary", maxLength: 1_100 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(texts, async (given) => {
        // As in a new process.
        vi.resetModules();
        const fresh = await import("../../../src/util/digest.js");
        expect(given.map((text) => fresh.sha256Hex(text))).toEqual(given.map(ofNode));
      }),
      { numRuns: 30 },
    );
    const lone = "\ud800 alone";
    vi.resetModules();
    expect((await import("../../../src/util/digest.js")).sha256Hex(lone)).toBe(ofNode(lone));
  });

  it("do not depend on the order of keys", () => {
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
    expect(digestOf({ a: 1, b: 2 })).not.toBe(digestOf({ a: 2, b: 1 }));
  });
});

describe("the order of texts", () => {
  it("is that of code points, not of UTF-16 units and not of a locale", () => {
    expect(["b", "a", "B", "ä", "a1", "a", ""].sort(compareText)).toEqual(["", "B", "a", "a", "a1", "b", "ä"]);
    expect(["\u{1f600}", "\uffee", "\ud7ff"].sort(compareText)).toEqual(["\ud7ff", "\uffee", "\u{1f600}"]);
  });
});
