import type { SaveDocument, SaveSummary } from "../../app/app.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import { quoteWord } from "../../util/shell-quote.js";
import type { Paint } from "../paint.js";
import { acceptedText, renderChange } from "./result-change.js";
import { renderTable } from "./table.js";
import { count } from "./units.js";

/** Saved work as a table; empty text when there is none. */
export function renderSaves(saves: readonly SaveSummary[], paint: Paint): string {
  if (saves.length === 0) return "";
  const rows = saves.map((save) => [save.id, save.instance, save.savedAt, save.why, itemsText(save), stateText(save)]);
  return renderTable(["SAVE", "WORKER", "SAVED", "BEFORE", "WORK", "STATE"], rows, paint);
}

function itemsText({ items, refs }: SaveSummary): string {
  if (items.length === 0) return count(refs.length, "line");
  return items
    .map(({ kind, count: amount, bytes }) => `${amount} ${kind}${bytes > 0 ? ` (${showSize(bytes)})` : ""}`)
    .join(", ");
}

function stateText({ accepted, archive }: SaveSummary): string {
  if (accepted !== null) return acceptedText(accepted.branch);
  return archive === null ? "waits for review" : "archive, never unpacked";
}

/** One save: where it stands, what it changes, and what to do next. */
export function renderSave(document: SaveDocument, paint: Paint): string {
  const { save } = document;
  const head = `${paint.bold(`Save ${save.id}`)}  ${save.instance} (${save.address}), saved ${save.savedAt} before ${save.why}\n`;
  const lines = save.refs.map(
    ({ name, ref, commit }) => `  ${paint.accent(commit.slice(0, 8))} ${escapeLine(name)}  ${paint.dim(ref)}\n`,
  );
  const changes = document.changes.map((change) => `  ${renderChange(change, paint)}`);
  return `${head}${itemsText(save)}\n\nIn ${document.repository}\n${lines.join("")}${changes.length === 0 ? "" : `\nFiles\n${changes.join("")}`}\n${nextStep(document)}\n`;
}

function nextStep({ save, repository, refused, flagged }: SaveDocument): string {
  if (save.accepted?.branch === "") return `Accepted: its files were written.${besideText(save, repository)}`;
  if (save.accepted !== null) return `Accepted on branch ${escapeLine(save.accepted.branch)}.${besideText(save)}`;
  if (refused !== null) return `Refused: ${escapeLine(refused.message)}`;
  const allow = flagged.length === 0 ? "" : ` --allow ${flagged.join(",")}`;
  return `Take it: limaform results accept ${save.id}${allow}`;
}

/** Ignored files, work trees, repositories inside: no branch holds them, only refs. */
function besideText({ refs }: SaveSummary, repository?: string): string {
  const beside = refs.find(({ name }) => name.endsWith("ignored files") || name.endsWith(": files"));
  if (beside === undefined) return "";
  const git = repository === undefined ? "git" : `git --git-dir ${quoteWord(repository)}`;
  return ` The other lines are beside it; files of one: ${git} archive ${beside.ref} | tar -x -C FOLDER`;
}
