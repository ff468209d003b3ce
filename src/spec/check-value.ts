import type { AnySchemaObject } from "ajv";
import type { SpecKey } from "../resources/kind.js";
import type { Json } from "../util/json.js";
import { nearest } from "../util/nearest.js";
import { type Violation, validate } from "../util/validator.js";
import { hintFor } from "./hints.js";
import { isList, isTree, narrow, nodeAt, type TomlNode } from "./parse.js";
import type { Path } from "./places.js";
import { dotted, expectedBy, foundIn } from "./words.js";

/** A problem inside one key's value. Shape: `path` begins at the spec's root. */
export interface ValueProblem {
  readonly code: string;
  readonly path: Path;
  readonly at: "key" | "value";
  readonly text: string;
  readonly hint: string;
}

export type CheckedValue =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problems: readonly ValueProblem[] };

/** Holds a value against its key's schema: all that is wrong with it, one problem per place. */
export function checkValue(key: SpecKey, node: TomlNode): CheckedValue {
  const base = key.key.split(".");
  const schema = branchFor(key.schema, node);
  if (schema === null) return { ok: false, problems: [mismatch(base, "SPEC_WRONG_TYPE", key.schema, node)] };
  const result = validate<Json>(schema, narrow(node));
  if (result.ok) return result;
  const seen = new Set<string>();
  const problems = result.violations
    .map((violation) => problemOf(base, violation, node))
    .filter(({ path }) => {
      const id = JSON.stringify(path);
      return !seen.has(id) && seen.add(id);
    });
  return { ok: false, problems };
}

/** The schemas that values of a key are held against: its own, or its alternatives one by one. */
export function branchesOf(schema: AnySchemaObject): readonly AnySchemaObject[] {
  return Array.isArray(schema.anyOf) ? schema.anyOf : [schema];
}

/** Of alternatives the one that fits the kind of value, so that messages speak of what the user meant. */
function branchFor(schema: AnySchemaObject, node: TomlNode): AnySchemaObject | null {
  if (!Array.isArray(schema.anyOf)) return schema;
  const type = isList(node) ? "array" : isTree(node) ? "object" : typeof node;
  return branchesOf(schema).find((branch) => branch.type === type) ?? null;
}

const CODES: Readonly<Record<string, string>> = {
  type: "SPEC_WRONG_TYPE",
  minimum: "SPEC_OUT_OF_RANGE",
  maximum: "SPEC_OUT_OF_RANGE",
  minSize: "SPEC_OUT_OF_RANGE",
  minItems: "SPEC_OUT_OF_RANGE",
  minLength: "SPEC_OUT_OF_RANGE",
  maxLength: "SPEC_OUT_OF_RANGE",
};

function problemOf(base: Path, violation: Violation, node: TomlNode): ValueProblem {
  const path = [...base, ...violation.path];
  const { rule, params, schema } = violation;
  if (rule === "required") {
    const text = `${dotted(path)}: ${String(params.missingProperty)} is missing`;
    return { code: "SPEC_MISSING_KEY", path, at: "value", text, hint: "" };
  }
  if (rule === "additionalProperties") return unknownField(path, String(params.additionalProperty), schema);
  if (rule === "propertyNames") {
    const name = String(params.propertyName);
    const text = `${dotted([...path, name])}: expected ${expectedBy(schema.propertyNames ?? {})}`;
    return { code: "SPEC_INVALID_VALUE", path: [...path, name], at: "key", text, hint: "" };
  }
  const found = nodeAt(node, violation.path);
  // Integers too large for a number come here as no integers at all.
  const isHuge = rule === "type" && schema.type === "integer" && typeof found === "bigint";
  return mismatch(path, isHuge ? "SPEC_OUT_OF_RANGE" : (CODES[rule] ?? "SPEC_INVALID_VALUE"), schema, found);
}

function unknownField(table: Path, name: string, schema: AnySchemaObject): ValueProblem {
  const near = nearest(name, Object.keys(schema.properties ?? {}));
  return {
    code: "SPEC_UNKNOWN_KEY",
    path: [...table, name],
    at: "key",
    text: `unknown key ${dotted([...table, name])}`,
    hint: near === null ? "" : `did you mean ${near}?`,
  };
}

function mismatch(path: Path, code: string, schema: AnySchemaObject, node: TomlNode | null): ValueProblem {
  return {
    code,
    path,
    at: "value",
    text: `${dotted(path)}: expected ${expectedBy(schema)}, found ${foundIn(node)}`,
    hint: node === null ? "" : hintFor(schema, node),
  };
}
