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
  // Each instance of a host goes through here: no list of pairs, and text is added to instead of joined.
  let text = "";
  for (const key of Object.keys(value).sort(compareText)) {
    const field = value[key];
    if (field !== undefined) text += `${text === "" ? "" : ","}${keyText(key)}${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

const keyTexts = new Map<string, string>();

/** A key as it stands in the text. Keys are few and come again in each value of their kind. */
function keyText(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  keyTexts.set(key, text);
  return text;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
