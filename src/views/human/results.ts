import type { ResultDocument, ResultSummary, ResultsDocument } from "../../app/app.js";
import { escapeLine, escapeText } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { acceptedText, renderChange } from "./result-change.js";
import { renderSaves } from "./saves.js";
import { renderTable } from "./table.js";
import { count } from "./units.js";

export function renderResults(document: ResultsDocument, paint: Paint): string {
  const missing = document.uncollected.map((each) => renderUncollected(each, paint)).join("");
  const saves = renderSaves(document.saves, paint);
  if (document.results.length === 0) {
    if (saves !== "") return saves + missing;
    return missing === "" ? "No results. They come from: limaform run -- COMMAND\n" : missing;
  }
  const rows = document.results.map((result) => [
    result.id,
    result.instance,
    String(result.commits),
    `${result.files} (+${result.additions} -${result.deletions})`,
    stateText(result),
  ]);
  return (
    renderTable(["RESULT", "WORKER", "COMMITS", "FILES", "STATE"], rows, paint) +
    (saves === "" ? "" : `\n${saves}`) +
    missing
  );
}

function renderUncollected(
  { run, slot, instance, error }: ResultsDocument["uncollected"][number],
  paint: Paint,
): string {
  const hint = error.hint === "" ? "" : `  → ${escapeText(error.hint)}\n`;
  return `${paint.warn(`! ${run}/${slot} is still in ${instance}:`)} ${escapeText(error.message)} [${error.code}]\n${hint}`;
}

function stateText(result: ResultSummary): string {
  return result.isPartial === true ? `${standText(result)}; incomplete` : standText(result);
}

function standText(result: ResultSummary): string {
  if (result.accepted !== null) return acceptedText(result.accepted.branch);
  if (result.refused !== null) return `refused: ${escapeLine(result.refused.message)}`;
  return result.flagged.length === 0 ? "waits for review" : `flagged: ${result.flagged.join(", ")}`;
}

/** One result: its commits, its changed files with what is dangerous about them, and what to do next. */
export function renderResult(document: ResultDocument, paint: Paint): string {
  const { result } = document;
  const commits = document.log.map(
    (entry) =>
      `  ${paint.accent(entry.commit.slice(0, 8))} ${escapeLine(entry.subject)} ${paint.dim(`(${escapeLine(entry.author)})`)}\n`,
  );
  const changes = document.changes.map((change) => `  ${renderChange(change, paint)}`);
  const head = `${paint.bold(`Result ${result.id}`)}  ${result.instance}, collected ${result.collectedAt}\n`;
  const size = `${count(result.commits, "commit")}, ${count(result.files, "file")} (+${result.additions} -${result.deletions})\n`;
  return `${head}${size}${block("Commits", commits)}${block("Files", changes)}\n${missingText(result)}${nextStep(result)}\n`;
}

const block = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `\n${title}\n${lines.join("")}`;

const missingText = ({ isPartial, instance }: ResultSummary): string =>
  isPartial === true
    ? `Incomplete: ${instance} has files that its git could not take up; they are still there, and in no result.\n`
    : "";

function nextStep(result: ResultSummary): string {
  if (result.accepted !== null)
    return result.accepted.branch === ""
      ? "Accepted: its files were written."
      : `Accepted on branch ${escapeLine(result.accepted.branch)}.`;
  if (result.refused !== null) return `Refused: ${escapeLine(result.refused.message)}`;
  if (result.flagged.length > 0) {
    const kinds = result.flagged.join(",");
    return `It changes what could run on this host. To take it all the same: limaform results accept ${result.id} --allow ${kinds}`;
  }
  return `Take it as a branch: limaform results accept ${result.id}`;
}
