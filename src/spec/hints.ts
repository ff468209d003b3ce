import type { AnySchemaObject } from "ajv";
import { readSize } from "../util/bytes.js";
import { nearest } from "../util/nearest.js";
import { quoteText } from "../util/quote.js";
import type { TomlNode } from "./parse.js";

/** How to mend a value that does not fit; an empty string where the message says it all. */
export function hintFor(schema: AnySchemaObject, node: TomlNode): string {
  if (typeof node === "string") return hintForText(schema, node);
  if (schema.type === "integer" && typeof node === "number" && Number.isSafeInteger(node)) {
    return `write ${node}, without a fraction`;
  }
  if (schema.type === "string" && schema.format === "size" && typeof node === "bigint") {
    return `write it in quotes and with a unit, as "${node}GiB"`;
  }
  if (schema.type === "string" && schema.format === "duration" && typeof node === "bigint") {
    return `write it in quotes and with a unit, as "${node}s"`;
  }
  if (schema.type === "string" && (typeof node === "bigint" || typeof node === "boolean")) {
    return `write it in quotes: "${String(node)}"`;
  }
  return "";
}

function hintForText(schema: AnySchemaObject, text: string): string {
  if (Array.isArray(schema.enum)) {
    const near = nearest(text, schema.enum.map(String));
    return near === null ? "" : `did you mean "${near}"?`;
  }
  if (schema.format === "size") return hintForSize(text);
  if (schema.format === "duration") return hintForDuration(text);
  if (schema.type === "array") return `write it as a list: [${quoteText(text)}]`;
  const isMeant =
    (schema.type === "integer" && /^-?[0-9]+$/.test(text)) ||
    (schema.type === "boolean" && /^(true|false)$/.test(text));
  return isMeant ? `write ${text}, without quotes` : "";
}

const UNITS: Readonly<Record<string, string>> = { k: "KiB", m: "MiB", g: "GiB", t: "TiB" };
const SMALLER: Readonly<Record<string, string>> = { m: "KiB", g: "MiB", t: "GiB" };

/** `90`, `10 min` and `2 hours` are what people write. */
function hintForDuration(text: string): string {
  const match = /^([0-9]{1,6}) ?([a-z]*)$/i.exec(text);
  if (match === null) return "";
  const [, count = "", word = ""] = match;
  if (Number(count) === 0) return "write a time longer than nothing";
  const unit = word === "" ? "s" : word.toLowerCase().charAt(0);
  return "smh".includes(unit) ? `did you mean "${Number(count)}${unit}"?` : "";
}

/** `8GB`, `8 GiB`, `8g` and `1.5GiB` are what people write; a bare number of hundreds is meant as MiB. */
function hintForSize(text: string): string {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return `did you mean "${text}${Number(text) < 256 ? "GiB" : "MiB"}"?`;
  const match = /^([0-9]{1,6})(\.[0-9]{1,3})? ?([kmgt])i?b?$/i.exec(text);
  if (match === null || readSize(text) !== null) return "";
  const [, whole = "", fraction = "", letter = ""] = match;
  const unit = letter.toLowerCase();
  if (fraction === "") return `did you mean "${Number(whole)}${UNITS[unit]}"?`;
  const smaller = Number(`${whole}${fraction}`) * 1024;
  const better = SMALLER[unit];
  return better !== undefined && Number.isInteger(smaller) ? `did you mean "${smaller}${better}"?` : "";
}
