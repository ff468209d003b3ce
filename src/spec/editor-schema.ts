import type { SchemaObject } from "ajv";
import type { SpecKey } from "../resources/kind.js";
import { SIZE_PATTERN } from "../util/bytes.js";
import { compareText } from "../util/compare.js";
import { DURATION_PATTERN } from "../util/duration.js";
import { buildKeyTree, type KeyNode } from "./key-tree.js";

/** JSON schema of the whole spec for editors: nested, with meanings and defaults, without keywords of ours. */
export function specSchema(keys: readonly SpecKey[]): SchemaObject {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "limaform.toml",
    description: "What limaform makes so: a fleet of virtual machines for coding agents.",
    ...tableSchema(buildKeyTree(keys)),
    required: ["project"],
  };
}

function tableSchema(node: KeyNode): SchemaObject {
  const names = [...node.children].sort(([left], [right]) => compareText(left, right));
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(
      names.map(([name, child]) => [name, child.key === null ? tableSchema(child) : keySchema(child.key)]),
    ),
  };
}

function keySchema({ schema, description, fallback, notYet }: SpecKey): SchemaObject {
  return {
    description: notYet ? `Not supported yet. ${description}` : description,
    ...(fallback === undefined || typeof fallback === "function" ? {} : { default: fallback }),
    ...(notYet ? { deprecated: true } : {}),
    ...plain(schema),
  };
}

/** Editors know neither our formats nor our keywords: patterns say the same. */
function plain(schema: SchemaObject): SchemaObject {
  const { expected: _words, minSize: _minimum, format, ...rest } = schema;
  const pattern = format === "size" ? SIZE_PATTERN : format === "duration" ? DURATION_PATTERN : undefined;
  return {
    ...rest,
    ...(pattern === undefined ? {} : { pattern }),
    ...(Array.isArray(rest.anyOf) ? { anyOf: rest.anyOf.map(plain) } : {}),
    ...(isSchema(rest.items) ? { items: plain(rest.items) } : {}),
    ...(isSchema(rest.additionalProperties) ? { additionalProperties: plain(rest.additionalProperties) } : {}),
    ...(isSchema(rest.propertyNames) ? { propertyNames: plain(rest.propertyNames) } : {}),
    ...(isSchema(rest.additionalProperties) ? { additionalProperties: plain(rest.additionalProperties) } : {}),
    ...(isSchema(rest.properties)
      ? { properties: Object.fromEntries(Object.entries(rest.properties).map(([name, part]) => [name, plain(part)])) }
      : {}),
  };
}

function isSchema(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
