import type { LogLine, LogPart, LogsDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";

/** Lines as text. Where lines of several parts may come, each is led by whose it is. `count`: of these parts. */
export function renderLines(
  part: LogPart,
  lines: readonly LogLine[],
  { count, paint }: { readonly count: number; readonly paint: Paint },
): string {
  const lead = count < 2 ? "" : paint.dim(`${escapeLine(part.part)} | `);
  return lines.map((line) => `${lead}${lineText(line, paint)}\n`).join("");
}

function lineText({ kind, text }: LogLine, paint: Paint): string {
  switch (kind) {
    case "text":
      return text;
    case "stderr":
      return paint.dim(text);
    case "tool":
      return paint.accent(`> ${text}`);
    case "toolFailed":
      return paint.warn(`x ${text}`);
    case "denied":
      return paint.warn(`- ${text}`);
    case "retry":
    case "waiting":
      return paint.warn(`~ ${text}`);
    case "result":
      return paint.good(`= ${text}`);
    default:
      return paint.dim(`# ${text}`);
  }
}

/** What is said at the end: nothing where lines were shown. */
export function renderLogs({ parts }: LogsDocument, paint: Paint): string {
  const live = parts.filter(({ state }) => state === "working");
  if (live.length === 0) return "";
  return paint.dim(`# ${live.length} of ${parts.length} still at work; to look on: limaform logs --follow\n`);
}
