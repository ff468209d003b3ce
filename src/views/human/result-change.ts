import type { ResultDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";

type Change = ResultDocument["changes"][number];

/** One changed file, what is dangerous about it, where that came in, and a line on where packages now come from. */
export function renderChange(change: Change, paint: Paint): string {
  const { status, path, categories, commit, sources } = change;
  const since = commit === undefined ? "" : ` ${paint.dim(`since ${commit.slice(0, 8)}`)}`;
  const flags = categories.length === 0 ? "" : `  ${paint.warn(`[${categories.join(", ")}]`)}${since}`;
  return `${status.padEnd(2)} ${escapeLine(path)}${flags}\n${sourcesText(sources, paint)}`;
}

function sourcesText(sources: Change["sources"], paint: Paint): string {
  if (sources === undefined) return "";
  if (sources === null) return `      ${paint.warn("where its packages come from was not looked into")}\n`;
  const added = sources.added.map(escapeLine).join(", ");
  const removed = sources.removed.map(escapeLine).join(", ");
  return [
    added === "" ? "" : `      ${paint.warn(`packages now come from: ${added}`)}\n`,
    removed === "" ? "" : `      and no longer from: ${removed}\n`,
  ].join("");
}

/** What became of an accepted result or save; no branch where its files were written. */
export const acceptedText = (branch: string): string =>
  branch === "" ? "accepted, files written" : `accepted on ${escapeLine(branch)}`;
