import type { RunSummary, RunsDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";
import { cutTo } from "./width.js";

const TITLE_COLUMNS = 60;

/** One line a run, the newest first; below, what to do next with the first that waits for somebody. */
export function renderRuns({ runs, damaged }: RunsDocument, paint: Paint): string {
  return renderReadable(runs, paint) + damaged.map(damagedText).join("");
}

const damagedText = ({ run, error }: RunsDocument["damaged"][number]): string =>
  `\nRun ${run}: ${escapeLine(error.message)}\n  → ${escapeLine(error.hint ?? "")}\n`;

function renderReadable(runs: RunsDocument["runs"], paint: Paint): string {
  if (runs.length === 0) return "No runs. Begin with: limaform run -- COMMAND\n";
  const rows = runs.map((run) => [
    run.run,
    run.state,
    countsText(run),
    escapeLine(run.workers.join(", ")) || "-",
    cutTo(escapeLine(run.label ?? run.title), TITLE_COLUMNS),
  ]);
  const open = runs.find(({ state, uncollected }) => state === "live" || state === "open" || uncollected > 0);
  const next = open === undefined ? "" : `\nTo take it up again: limaform runs attach ${open.run}\n`;
  return renderTable(["RUN", "STATE", "PARTS", "WORKERS", "WHAT"], rows, paint) + next;
}

function countsText({ counts, uncollected }: RunSummary): string {
  const parts = Object.entries(counts).map(([state, count]) => `${count} ${state.replaceAll("_", " ")}`);
  return [...parts, ...(uncollected === 0 ? [] : [`${uncollected} not collected`])].join(", ") || "-";
}
