import type { ResultDiffDocument } from "../../app/app.js";
import type { Paint } from "../paint.js";

/** The text of a difference in the usual colours. It comes escaped: no escape code in it is a worker's. */
export function renderDiff({ text, isCut, result }: ResultDiffDocument, paint: Paint): string {
  if (text === "") return "No differences.\n";
  const lines = text.split("\n").map((line) => colourOf(line, paint)(line));
  const more = isCut
    ? `${paint.warn(`… cut; name paths to see the rest: limaform results diff ${result} PATH`)}\n`
    : "";
  return `${lines.join("\n")}${more}`;
}

function colourOf(line: string, paint: Paint): (text: string) => string {
  if (/^(diff |index |--- |\+\+\+ |(new|deleted) file|old mode|new mode)/u.test(line)) return paint.bold;
  if (line.startsWith("@@")) return paint.accent;
  if (line.startsWith("+")) return paint.good;
  return line.startsWith("-") ? paint.bad : (text) => text;
}
