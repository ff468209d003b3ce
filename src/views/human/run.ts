import type { RunDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";
import { formatElapsed } from "./units.js";

/** What a run came to on each worker, and where its output and results are. */
export function renderRun(document: RunDocument, paint: Paint): string {
  const hasTasks = document.workers.some(({ task }) => task !== undefined);
  const rows = document.workers.map((worker) => [
    worker.slot === 0 ? "-" : String(worker.slot),
    ...(hasTasks ? [escapeLine(worker.task ?? "-")] : []),
    worker.state.replaceAll("_", " "),
    worker.exitCode === null ? "-" : String(worker.exitCode),
    formatElapsed(worker.elapsedMs),
    worker.commits === 0 ? "-" : String(worker.commits),
    worker.result ?? "-",
    escapeLine(worker.output) || "-",
  ]);
  const table = renderTable(
    ["SLOT", ...(hasTasks ? ["TASK"] : []), "STATE", "EXIT", "TIME", "COMMITS", "RESULT", "OUTPUT"],
    rows,
    paint,
  );
  const errors = document.workers.flatMap((worker) =>
    worker.error === null
      ? []
      : [
          `${worker.task === undefined ? `worker ${worker.slot}` : `task ${worker.task}`}: ${escapeLine(worker.error.message)}${hintText(worker.error.hint)}`,
        ],
  );
  return `${table}${errors.map((line) => `${line}\n`).join("")}${verdict(document, paint)}\n`;
}

const hintText = (hint: string): string => (hint === "" ? "" : `\n  → ${escapeLine(hint)}`);

function verdict(document: RunDocument, paint: Paint): string {
  const results = document.workers.filter((worker) => worker.result !== null);
  const next = results[0]?.result == null ? "" : ` See what came back: limaform results show ${results[0].result}`;
  const failed = document.workers.filter((worker) => worker.state !== "done").length;
  switch (document.verdict) {
    case "done":
      return `${paint.good(`Run ${document.run} done.`)}${next}`;
    case "detached":
      return `Run ${document.run} goes on in the workers. Take it up again: limaform runs attach ${document.run}`;
    case "interrupted":
      return `${paint.warn(`Run ${document.run} interrupted.`)} Take it up again: limaform runs attach ${document.run}`;
    default:
      return `${paint.bad(`Run ${document.run} failed on ${failed} of ${document.workers.length} ${document.workers.some(({ task }) => task !== undefined) ? "tasks" : "workers"}.`)}${next}`;
  }
}
