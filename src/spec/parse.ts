import { parse, TomlError } from "smol-toml";
import { escapeLine } from "../util/escape.js";
import type { Json } from "../util/json.js";
import { syntaxHint } from "./syntax-hint.js";

/* The one home of smol-toml: text to a tree that keeps integers, floats and dates apart. */

/** As TOML has it. Shape: tables have no prototype; integers are bigints, floats numbers. */
export type TomlNode = string | boolean | bigint | number | Date | readonly TomlNode[] | TomlTree;
export type TomlTree = { readonly [key: string]: TomlNode };

export type ParsedToml =
  | { readonly status: "parsed"; readonly tree: TomlTree }
  | {
      readonly status: "syntax";
      readonly line: number;
      readonly column: number;
      readonly text: string;
      readonly hint: string;
    };

export const MARK = "\ufeff";
const MAX_LENGTH = 1024 * 1024;
/** Deeper values fit no key of ours, and recursion has an end. */
const MAX_DEPTH = 32;

/** Units: `line` and `column` count from 1. */
export function parseToml(text: string): ParsedToml {
  if (text.length > MAX_LENGTH) {
    return { status: "syntax", line: 1, column: 1, text: "the file is larger than 1 MiB", hint: "" };
  }
  try {
    return { status: "parsed", tree: parse(withoutMark(text), { integersAsBigInt: true, maxDepth: MAX_DEPTH }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const hint = syntaxHint({ text: withoutMark(text), line, column, reason: error.message });
    return { status: "syntax", line, column, text: reasonOf(error), hint };
  }
}

/** Without the byte order mark, which no editor counts as a column. */
export function withoutMark(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

/** smol-toml's message is a prefix, the reason, an empty line and an excerpt; the place says what the excerpt would. */
function reasonOf(error: TomlError): string {
  const [first = ""] = error.message.split("\n");
  return `not valid TOML: ${escapeLine(first.replace(/^Invalid TOML document: /, ""))}`;
}

/**
 * The JSON value of a node. What no key of the spec can hold (floats, dates, integers that are not exact as numbers, depths
 * beyond reason) becomes null, which no schema of a key accepts, so that validation reports it in its place.
 */
export function narrow(node: TomlNode, depth = 0): Json {
  if (typeof node === "string" || typeof node === "boolean") return node;
  if (typeof node === "bigint") return Number.isSafeInteger(Number(node)) ? Number(node) : null;
  if (typeof node === "number" || node instanceof Date || depth > MAX_DEPTH) return null;
  if (isList(node)) return node.map((item) => narrow(item, depth + 1));
  const table: Record<string, Json> = Object.create(null);
  for (const [name, value] of Object.entries(node)) table[name] = narrow(value, depth + 1);
  return table;
}

/** The way back, for values that come from flags: they pass the same checks. */
export function widen(value: Json): TomlNode {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null) return Number.NaN;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(widen);
  const table: Record<string, TomlNode> = Object.create(null);
  for (const [name, field] of Object.entries(value)) table[name] = widen(field);
  return table;
}

export function isTree(node: TomlNode): node is TomlTree {
  return typeof node === "object" && !isList(node) && !(node instanceof Date);
}

export function isList(node: TomlNode): node is readonly TomlNode[] {
  return Array.isArray(node);
}

/** The node inside a node; null when there is none. */
export function nodeAt(node: TomlNode, path: readonly (string | number)[]): TomlNode | null {
  let current: TomlNode | undefined = node;
  for (const step of path) {
    if (current === undefined || typeof current !== "object" || current instanceof Date) return null;
    current = isList(current) ? current[Number(step)] : current[String(step)];
  }
  return current ?? null;
}
