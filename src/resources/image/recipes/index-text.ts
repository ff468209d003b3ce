import { ToolError } from "../../../errors/errors.js";
import { plainUrl } from "../../../util/plain-url.js";

/* Reading indexes: they come from outside, so nothing of their shape is taken for granted. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

export const textIn = (fields: Fields, name: string): string | null => {
  const value = fields[name];
  return typeof value === "string" ? value : null;
};

export const numberIn = (fields: Fields, name: string): number | null => {
  const value = fields[name];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
};

/** Errors: TOOL_BAD_INDEX for text that is no JSON. */
export function readIndex(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badIndex(url, "it is no JSON", error);
  }
}

export function badIndex(url: string, why: string, cause?: unknown): ToolError {
  return new ToolError("TOOL_BAD_INDEX", `${plainUrl(url)} is not the index that is expected there: ${why}`, {
    hint: "look at tools.mirror in: limaform config --origins",
    details: { url: plainUrl(url) },
    ...(cause === undefined ? {} : { cause }),
  });
}

const HEX = /^[0-9a-f]+$/u;

/** `sha256` in hex; null for anything else. */
export const sha256Of = (text: string | null) =>
  text !== null && text.length === 64 && HEX.test(text) ? ({ algorithm: "sha256", value: text } as const) : null;

/** A file's name from an index stands in a URL and in commands: only plain ones are taken. */
export const isPlainName = (name: string): boolean =>
  /^[A-Za-z0-9@][A-Za-z0-9@+._/-]*$/u.test(name) && !name.includes("..");
