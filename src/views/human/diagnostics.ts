import { escapeLine } from "../../util/escape.js";
import type { Json } from "../../util/json.js";
import type { Paint } from "../paint.js";
import { count } from "./units.js";
import { widthOf } from "./width.js";

/** A problem of a spec as `details.diagnostics` of its error carries it. Units: line and column from 1, 0 = no place. */
export interface DiagnosticText {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

/** The diagnostics inside the details of an error; empty where there are none. */
export function diagnosticsIn(details: Json): readonly DiagnosticText[] {
  const list = typeof details === "object" && details !== null && "diagnostics" in details ? details.diagnostics : null;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: Json) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return [];
    const { code, file, line, column, message, hint } = item as Readonly<Record<string, Json | undefined>>;
    const texts = { code: String(code ?? ""), file: String(file ?? ""), message: String(message ?? "") };
    return [{ ...texts, line: Number(line ?? 0), column: Number(column ?? 0), hint: String(hint ?? "") }];
  });
}

export interface DiagnosticOptions {
  /** Text of a file by its name in the diagnostics; null where it cannot be read. */
  readonly source: (file: string) => string | null;
  /** How a file is named for this user (relative to where they stand). */
  readonly label: (file: string) => string;
  /** What to do next; the error's own hint. */
  readonly next?: string;
}

/** All problems, each with its place, the line of the source with a caret under it, and the hint. */
export function renderDiagnostics(list: readonly DiagnosticText[], options: DiagnosticOptions, paint: Paint): string {
  const blocks = list.map((item) => {
    const place = item.line === 0 ? item.file : `${options.label(item.file)}:${item.line}:${item.column}`;
    const hint = item.hint === "" ? [] : [`    → ${escapeLine(item.hint)}`];
    const head = `${paint.bold(place)}: ${escapeLine(item.message)} ${paint.dim(`[${item.code}]`)}`;
    return [head, ...excerpt(item, options, paint), ...hint].map((line) => `${line}\n`).join("");
  });
  const { next = "correct this, then: limaform validate" } = options;
  return `${blocks.join("\n")}\n${paint.bad(`${count(list.length, "problem")}.`)} ${escapeLine(next.charAt(0).toUpperCase() + next.slice(1))}\n`;
}

function excerpt(item: DiagnosticText, options: DiagnosticOptions, paint: Paint): readonly string[] {
  const line = item.line === 0 ? undefined : options.source(item.file)?.split(/\r?\n/)[item.line - 1];
  if (line === undefined) return [];
  const number = String(item.line);
  const before = escapeLine(line.slice(0, Math.max(0, item.column - 1))).replaceAll("\t", " ");
  const gutter = " ".repeat(number.length);
  return [
    `    ${paint.dim(`${number} |`)} ${escapeLine(line).replaceAll("\t", " ")}`,
    `    ${paint.dim(`${gutter} |`)} ${" ".repeat(widthOf(before))}${paint.bad("^")}`,
  ];
}
