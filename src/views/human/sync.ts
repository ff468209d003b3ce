import type { SyncDocument, SyncedWorker } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { count } from "./units.js";

/** Most files that are named for each worker; the document has all. */
const SHOWN = 20;
const SIGNS: Readonly<Record<string, string>> = { new: "+", content: "~", attributes: ".", gone: "-" };

/** One line a worker, its files below it, and what to do where work was in the way. */
export function renderSync(document: SyncDocument, paint: Paint): string {
  const workers = document.workers.map((worker) => renderWorker(document, worker, paint)).join("");
  const notes = document.notes.map((note) => `${paint.dim(`note: ${escapeLine(note)}`)}\n`).join("");
  const dry = document.dryRun ? `${paint.dim("Dry run: nothing was done.")}\n` : "";
  return `${workers}${notes}${dry}`;
}

function renderWorker({ dryRun }: SyncDocument, worker: SyncedWorker, paint: Paint): string {
  const sign = {
    updated: paint.good("✓"),
    unchanged: paint.good("="),
    diverged: paint.warn("!"),
    failed: paint.bad("✗"),
  };
  const head = `${sign[worker.outcome]} worker ${worker.slot} ${escapeLine(worker.text)}${codeText(worker)}\n`;
  const changes = worker.changes.map(({ path, change }) => `    ${SIGNS[change] ?? "~"} ${escapeLine(path)}\n`);
  const gone = worker.deleted
    ? worker.gone.map((path) => `    - ${escapeLine(path)}\n`)
    : stayText(worker.gone.length, dryRun);
  const hint = worker.error === null || worker.error.hint === "" ? [] : [`  → ${escapeLine(worker.error.hint)}\n`];
  const next = worker.next.map((command) => `  → ${escapeLine(command)}\n`);
  return [head, ...cut(changes), ...cut(gone), ...(worker.outcome === "diverged" ? next : hint)].join("");
}

const codeText = ({ error }: SyncedWorker): string => (error === null ? "" : ` [${error.code}]`);

function stayText(gone: number, dryRun: boolean): readonly string[] {
  if (gone === 0) return [];
  const stay = dryRun ? "would stay" : "stay";
  return [`    ${count(gone, "file")} gone here ${stay} there; to remove: limaform sync --delete\n`];
}

function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= SHOWN) return lines;
  return [...lines.slice(0, SHOWN), `    … and ${lines.length - SHOWN} more\n`];
}

/** Before the question: every file that would go. */
export function renderSyncGone({ workers }: SyncDocument, paint: Paint): string {
  return workers
    .filter(({ gone }) => gone.length > 0)
    .map(({ slot, gone }) => {
      const files = gone.map((path) => `  ${paint.bad("-")} ${escapeLine(path)}\n`).join("");
      return `${paint.bold(`worker ${slot}`)}: ${count(gone.length, "file")} to be removed\n${files}`;
    })
    .join("");
}
