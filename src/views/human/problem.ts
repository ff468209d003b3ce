import { escapeText } from "../../util/escape.js";
import type { Paint } from "../paint.js";

/** The parts of an error that a person sees. */
export interface ErrorText {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** Messages of the causes, nearest first; what the message already says is left out by the view. */
  readonly because?: readonly string[];
}

/** What failed, why, and what to do next. */
export function renderError(error: ErrorText, paint: Paint): string {
  const [first = "", ...more] = escapeLines(error.message);
  const because = (error.because ?? []).filter((text) => text !== "" && !error.message.includes(text));
  return [
    `${paint.bad("Error:")} ${first} ${paint.dim(`[${error.code}]`)}`,
    ...more.map((line) => `  ${line}`),
    ...because.flatMap((text) =>
      escapeLines(text).map((line, index) => (index === 0 ? `  because: ${line}` : `    ${line}`)),
    ),
    ...(error.hint === ""
      ? []
      : escapeLines(error.hint).map((line, index) => (index === 0 ? `  → ${line}` : `    ${line}`))),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** Escapes line by line, so that line ends stay whatever the escaper does with them. */
export function escapeLines(text: string): readonly string[] {
  return text
    .replace(/\n+$/, "")
    .split("\n")
    .map((line) => escapeText(line));
}
