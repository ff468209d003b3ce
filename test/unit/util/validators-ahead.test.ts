import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { AnySchemaObject } from "ajv";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { validatorsAhead } from "../../../scripts/validators-ahead.mjs";
import { BACK_STATE_SCHEMA } from "../../../src/adapters/git/back-state.js";
import { RESULT_RECORD_SCHEMA } from "../../../src/adapters/git/result-record.js";
import { SAVE_RECORD_SCHEMA } from "../../../src/adapters/git/save-record.js";
import { RUN_RECORD_SCHEMA } from "../../../src/adapters/runs/run-record.js";
import { PROGRESS_SCHEMA } from "../../../src/adapters/runs/transcript.js";
import { RUN_HEAD_SCHEMA } from "../../../src/app/run-head.js";
import { TASK_LIST_SCHEMA } from "../../../src/app/task-list.js";
import { validate } from "../../../src/util/validator.js";
import { allKeys } from "../../support/all-keys.js";
import { sourceFiles } from "../architecture/source-files.js";

/* The built program holds values against code that ajv wrote at the build; the sources, and tests, compile at run time. */

const root = fileURLToPath(new URL("../../..", import.meta.url));
/* Named here once more: a validator that the build's own list forgets is then missed. */
const schemas: readonly AnySchemaObject[] = [
  ...allKeys.flatMap(({ schema }) => (schema.anyOf as AnySchemaObject[] | undefined) ?? [schema]),
  ...[
    BACK_STATE_SCHEMA,
    RESULT_RECORD_SCHEMA,
    SAVE_RECORD_SCHEMA,
    RUN_RECORD_SCHEMA,
    PROGRESS_SCHEMA,
    RUN_HEAD_SCHEMA,
    TASK_LIST_SCHEMA,
  ],
];
let ahead: typeof validate;

/** `validate` as the bundle has it, where ajv cannot be had. */
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: 'export { validate } from "./src/util/validator.ts";', resolveDir: root, loader: "ts" },
    ...{ absWorkingDir: root, bundle: true, platform: "node", format: "cjs", external: ["ajv"], write: false },
    plugins: [validatorsAhead],
  });
  const real = createRequire(import.meta.url);
  const noAjv = { Ajv: withoutAjv };
  const module = { exports: {} as { validate: typeof validate } };
  const run = new Function("module", "exports", "require", outputFiles[0]?.text ?? "");
  run(module, module.exports, (name: string) => (name === "ajv" ? noAjv : real(name)));
  ahead = module.exports.validate;
});

function withoutAjv(): never {
  throw new Error("compiled at run time");
}

const WORDS = ["", "x", "a b", "8GiB", "1KiB", "2GB", "30s", "0s", "soon", "x86_64", "x".repeat(5000)];
const NUMBERS = [0, 1, -1, 1.5, 22, 300, 70_000, 2 ** 40];
const VALUES: readonly unknown[] = [
  ...[null, true, ...WORDS, ...NUMBERS, {}, [], [[]], [{}]],
  ...[...WORDS, ...NUMBERS].flatMap((one) => [[one], [one, one], { a: one }, { "1-": one }]),
];

/** A value that fits a schema, as far as its types and simplest rules say. */
function fitting(schema: AnySchemaObject): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.type === "object") {
    const fields = {
      ...Object.fromEntries((schema.required ?? []).map((name: string) => [name, {}])),
      ...schema.properties,
    };
    return Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, fitting(part as AnySchemaObject)]));
  }
  if (schema.type === "array") return [fitting(schema.items ?? {})];
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  if (schema.type === "boolean") return false;
  if (String(schema.pattern).includes("sha256")) return `sha256:${"0".repeat(64)}`;
  return schema.format === "size" ? "64GiB" : schema.format === "duration" ? "10m" : "x86";
}

/** The fitting value, and what one wrong, missing or unknown field makes of it. */
function near(schema: AnySchemaObject): readonly unknown[] {
  const value = fitting(schema);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [value];
  const changed = Object.keys(value).flatMap((name) => {
    const { [name]: _gone, ...rest } = value as Record<string, unknown>;
    return [rest, ...[null, 1.5, "", {}, [{}]].map((wrong) => ({ ...value, [name]: wrong }))];
  });
  return [value, { ...value, more: 1 }, ...changed];
}

describe("validators made at the build", () => {
  it.each(schemas.map((schema, at) => [at, JSON.stringify(schema).slice(0, 80), schema] as const))(
    "agree with those of run time: %i %s",
    (_at, _text, schema) => {
      const values = [...VALUES, ...near(schema), ...near(schema).map((value) => [value])];
      const outcomes = values.map((value) => {
        const expected = validate(schema, value);
        expect(ahead(schema, value)).toEqual(expected);
        return expected.ok;
      });
      expect(outcomes).toContain(false);
    },
  );

  it("are there for all schemas of the program, and for no others", () => {
    expect(() => ahead({ type: "string", maxLength: 4321 }, "x")).toThrow("compiled at run time");
    const callers = sourceFiles().filter(({ imports }) =>
      imports.some(({ target, isType }) => target === "util/validator.ts" && !isType),
    );
    // The schemas of whoever calls `validate` belong into src/app/schemas.ts.
    expect(callers.map(({ path }) => path).sort()).toEqual([
      "adapters/git/back-state.ts",
      "adapters/git/result-record.ts",
      "adapters/git/save-record.ts",
      "adapters/host/image-records.ts",
      "adapters/host/stop-notes.ts",
      "adapters/runs/run-record.ts",
      "adapters/runs/transcript.ts",
      "app/run-head.ts",
      "app/task-list.ts",
      "spec/check-value.ts",
    ]);
  });

  it("takes something for every schema that the samples can fit", () => {
    const never = schemas.filter((schema) => ![...VALUES, ...near(schema)].some((value) => validate(schema, value).ok));
    expect(never).toEqual([]);
  });
});
