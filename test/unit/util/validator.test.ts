import { describe, expect, it } from "vitest";
import { quoteText } from "../../../src/util/quote.js";
import { type Violation, validate } from "../../../src/util/validator.js";

const schema = {
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string" },
    sizes: { type: "array", items: { type: "string", format: "size", minSize: "1MiB" } },
    wait: { type: "string", format: "duration", expected: "words for people" },
    "a/b~c": { type: "integer" },
  },
};

function violationsOf(value: unknown): readonly Violation[] {
  const result = validate(schema, value);
  return result.ok ? [] : result.violations;
}

describe("validate", () => {
  it("returns the value when it fits", () => {
    const value = { name: "x", sizes: ["1MiB"], wait: "10m" };
    expect(validate(schema, value)).toEqual({ ok: true, value });
  });

  it("reports all violations with paths whose list steps are numbers", () => {
    const found = violationsOf({ sizes: ["2GiB", "2GB", "1KiB"], wait: "soon", more: 1 });
    expect(found.map(({ path, rule }) => `${JSON.stringify(path)} ${rule}`).sort()).toEqual([
      '["sizes",1] format',
      '["sizes",2] minSize',
      '["wait"] format',
      "[] additionalProperties",
      "[] required",
    ]);
  });

  it("decodes names with slashes and tildes", () => {
    expect(violationsOf({ name: "x", "a/b~c": "y" })).toMatchObject([{ path: ["a/b~c"], rule: "type" }]);
  });

  it("does not take names from an object's prototype for fields", () => {
    expect(violationsOf({ name: "x", constructor: 1 })).toMatchObject([{ rule: "additionalProperties" }]);
  });
});

describe("quoted text", () => {
  it("is one harmless line", () => {
    expect(quoteText('a"b\n\u001b[31m\u009b\u202e')).toBe('"a\\"b\\n\\u001b[31m\\x9b\\u202e"');
  });

  it("is cut when it is long", () => {
    expect(quoteText("x".repeat(1000)).length).toBeLessThan(65);
  });
});
