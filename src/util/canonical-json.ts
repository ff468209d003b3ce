import { compareText } from "./compare.js";
import type { Json } from "./json.js";

/**
 * One text for equal values: keys sorted by code point, no white space. For digests and comparison, never for people.
 *
 * Errors: RangeError for a number that JSON cannot hold (it would silently become null).
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`no JSON number: ${value}`);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = Object.entries(value).sort(([left], [right]) => compareText(left, right));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
