import { escapeLine } from "./escape.js";

const MAX_SHOWN = 60;

/** A text from outside in quotes, on one line, harmless on a terminal, and cut after 60 characters. For messages. */
export function quoteText(text: string): string {
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
  return escapeLine(JSON.stringify(short.toWellFormed()));
}
