import type { AnySchemaObject } from "ajv";
import { quoteText } from "../util/quote.js";
import { isList, isTree, type TomlNode } from "./parse.js";

/* Words for people: what a schema expects, what was found instead. */

const MAX_SHOWN = 60;
/** `vm.image[0].arch`; names that TOML would want in quotes are quoted. */
export function dotted(path: readonly (string | number)[]): string {
  return path
    .map((step, at) => {
      if (typeof step === "number") return `[${step}]`;
      const name = /^[A-Za-z0-9_-]{1,60}$/.test(step) ? step : quoteText(step);
      return at === 0 ? name : `.${name}`;
    })
    .join("");
}

/** "an integer from 1 to 256", from the schema alone. `expected` in a schema says it in words of its own. */
export function expectedBy(schema: AnySchemaObject): string {
  if (typeof schema.expected === "string") return schema.expected;
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(expectedBy).join(" or ");
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  switch (schema.type) {
    case "integer":
      return `an integer${range(schema.minimum, schema.maximum)}`;
    case "string":
      return expectedText(schema);
    case "boolean":
      return "true or false";
    case "array":
      return `a list of ${schema.items?.type === "object" ? "tables" : "strings"}`;
    default:
      return "a table";
  }
}

function range(minimum: unknown, maximum: unknown): string {
  if (typeof minimum === "number" && typeof maximum === "number") return ` from ${minimum} to ${maximum}`;
  return typeof minimum === "number" ? ` of at least ${minimum}` : "";
}

function expectedText(schema: AnySchemaObject): string {
  if (schema.format === "duration") return 'a duration such as "30s", "10m" or "2h"';
  if (schema.format !== "size") return schema.minLength === 1 ? "a string that is not empty" : "a string";
  const minimum =
    typeof schema.minSize === "string" && schema.minSize !== "1MiB" ? ` of at least ${schema.minSize}` : "";
  return `a size such as "512MiB" or "8GiB"${minimum}`;
}

/** `the string "four"`, `the float 3.0`, `a list`. */
export function foundIn(node: TomlNode | null): string {
  if (node === null) return "nothing";
  if (typeof node === "string") return `the string ${quoteText(node)}`;
  if (typeof node === "boolean" || typeof node === "bigint") {
    return `the ${typeof node === "bigint" ? "integer" : "boolean"} ${String(node).slice(0, MAX_SHOWN)}`;
  }
  if (typeof node === "number") return `the float ${showFloat(node)}`;
  if (isTree(node)) return "a table";
  if (isList(node)) return node.length === 0 ? "an empty list" : `a list${node.every(isTree) ? " of tables" : ""}`;
  return "a date or time";
}

function showFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
