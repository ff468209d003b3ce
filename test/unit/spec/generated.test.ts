import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { renderSpecReference, specSchema } from "../../../src/spec/index.js";
import { readSize } from "../../../src/util/bytes.js";
import { readDuration } from "../../../src/util/duration.js";
import { allKeys } from "../../support/all-keys.js";

const committed = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

describe("what is generated from the keys", () => {
  it("is committed as the code has it (else: npm run schemas)", () => {
    expect(committed("schemas/spec.schema.json")).toBe(`${JSON.stringify(specSchema(allKeys), null, 2)}\n`);
    expect(committed("docs/spec-reference.md")).toBe(renderSpecReference(allKeys));
  });

  it("is a schema without keywords of ours that takes and refuses what limaform does", () => {
    const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(specSchema(allKeys));
    expect(
      check({ project: "app", workers: 3, vm: { memory: "8GiB", image: [{ location: "./x", arch: "x86_64" }] } }),
    ).toBe(true);
    expect(check({ workers: 3 })).toBe(false);
    expect(check({ project: "app", vm: { memory: "8GB" } })).toBe(false);
    expect(check({ project: "app", run: { timeout: "soon" } })).toBe(false);
    expect(check({ project: "app", vm: { cpu: 3 } })).toBe(false);
    expect(check({ project: "app", vm: { image: { location: "x", size: 1 } } })).toBe(false);
  });
});

describe("the keys themselves", () => {
  it("have valid schemas and defaults that fit them", () => {
    const ajv = new Ajv({ strict: true, allErrors: true });
    ajv.addFormat("size", (text) => readSize(text) !== null);
    ajv.addFormat("duration", (text) => readDuration(text) !== null);
    ajv.addVocabulary(["minSize", "expected"]);
    for (const { key, schema, fallback } of allKeys) {
      const check = ajv.compile(schema);
      const context = { project: "app", hostCpus: 1, isGitRepository: true };
      const value = typeof fallback === "function" ? fallback(context) : fallback;
      if (value !== undefined) expect([key, check(value)]).toEqual([key, true]);
    }
  });

  it("are all different, and none is the table of another", () => {
    const names = allKeys.map(({ key }) => key);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => names.some((other) => other.startsWith(`${name}.`)))).toEqual([]);
  });
});
