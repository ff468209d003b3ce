import { isUtf8 } from "node:buffer";
import { basename } from "node:path";
import { type PlacedDiagnostic, specError } from "./diagnostic.js";

/**
 * The text of a spec or of the user's defaults. A byte that is no UTF-8 is not guessed at: it would become part of a name or
 * path that nobody wrote.
 *
 * Errors: SPEC_INVALID with the place of the first such byte.
 */
export function decodeSpec(file: string, bytes: Buffer, validate?: string): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  const problem = { code: "SPEC_SYNTAX", file, label: basename(file), order: 0 };
  throw specError([{ ...problem, ...wrongEncoding(bytes) }], validate);
}

function wrongEncoding(bytes: Buffer): Pick<PlacedDiagnostic, "line" | "column" | "message" | "hint"> {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { line: 0, column: 0, message: "this is UTF-16 text, and a spec is UTF-8", hint: convert("UTF-16") };
  }
  // Up to the first wrong byte every character stands for itself.
  const good = bytes.toString("utf8").split("\ufffd")[0] ?? "";
  const lines = good.split("\n");
  const column = (lines.at(-1) ?? "").length + 1;
  return { line: lines.length, column, message: "not UTF-8", hint: convert("LATIN1") };
}

const convert = (from: string): string => `save it as UTF-8, for example: iconv -f ${from} -t UTF-8 OLD > NEW`;
