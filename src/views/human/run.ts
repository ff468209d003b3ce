import type { RunDocument, RunWorker } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { ENDED_STATES } from "./progress.js";
import { renderTable } from "./table.js";
import { formatElapsed } from "./units.js";

/** What a run came to on each worker, and where its output and results are. */
export function renderRun(document: RunDocument, paint: Paint): string {
  const hasAgent = document.workers.some(({ agent }) => agent !== null);
  const hasTasks = document.workers.some(({ task }) => task !== undefined);
  const rows = document.workers.map((worker) => [
    worker.slot === 0 ? "-" : String(worker.slot),
    ...(hasTasks ? [escapeLine(worker.task ?? "-")] : []),
    stateWord(worker),
    worker.exitCode === null ? "-" : String(worker.exitCode),
    formatElapsed(worker.elapsedMs),
    ...(hasAgent ? [tokensText(worker), costText(worker)] : []),
    worker.commits === 0 ? "-" : String(worker.commits),
    worker.files === 0 ? "-" : `+${worker.additions} −${worker.deletions}`,
    worker.checkExitCode === null ? "-" : worker.checkExitCode === 0 ? "passed" : `failed (${worker.checkExitCode})`,
    worker.result ?? "-",
    escapeLine(worker.output) || "-",
  ]);
  const head = [
    ...["SLOT", ...(hasTasks ? ["TASK"] : []), "STATE", "EXIT", "TIME", ...(hasAgent ? ["TOKENS", "COST"] : [])],
    ...["COMMITS", "LINES", "CHECK", "RESULT", "OUTPUT"],
  ];
  const table = renderTable(head, rows, paint);
  const notes = document.workers.flatMap(noteOf).map((line) => `${line}\n`);
  const errors = document.workers.flatMap((worker) =>
    worker.error === null
      ? []
      : [`${partWord(worker)}: ${escapeLine(worker.error.message)}${hintText(worker.error.hint)}`],
  );
  return `${table}${notes.join("")}${errors.map((line) => `${line}\n`).join("")}${verdict(document, paint)}\n`;
}

const partWord = ({ slot, task }: RunWorker): string =>
  task === undefined ? `worker ${slot}` : `task ${escapeLine(task)}`;

function stateWord({ state, failure, passed }: RunWorker): string {
  if (failure !== null) return `failed (${failure.replaceAll("_", " ")})`;
  return state === "done" && passed === false ? "done, not passed" : state;
}

/** Why a part is not simply done; the error's own message says it already. */
function noteOf(worker: RunWorker): readonly string[] {
  const { state, passed, text, until, error } = worker;
  if (error !== null || text === "" || (state === "done" && passed !== false)) return [];
  const ending = until === null ? "" : `; it can go on at ${until}`;
  return [`${partWord(worker)}: ${escapeLine(text)}${ending}`];
}

const tokensText = ({ tokens }: RunWorker): string =>
  tokens === null ? "-" : `${formatCount(tokens.input)} in, ${formatCount(tokens.output)} out`;

const formatCount = (count: number): string =>
  count < 10_000 ? String(count) : count < 10_000_000 ? `${Math.round(count / 1000)}k` : `${Math.round(count / 1e6)}M`;

/** The agent's own figure; not every agent tells one. */
const costText = ({ agent, costUsd, state }: RunWorker): string =>
  costUsd === null
    ? agent === null || !ENDED_STATES.has(state)
      ? "-"
      : "not told"
    : `$${costUsd.toFixed(costUsd < 1 ? 4 : 2)}`;

const hintText = (hint: string): string => (hint === "" ? "" : `\n  → ${escapeLine(hint)}`);

function verdict(document: RunDocument, paint: Paint): string {
  const results = document.workers.filter((worker) => worker.result !== null);
  const next = results[0]?.result == null ? "" : ` See what came back: limaform results show ${results[0].result}`;
  const failed = document.workers.filter((worker) => worker.state !== "done" || worker.passed === false).length;
  switch (document.verdict) {
    case "done":
      return `${paint.good(`Run ${document.run} done.`)}${next}`;
    case "detached": {
      const open = document.workers.filter(({ state }) => !ENDED_STATES.has(state));
      const isSilent = open.every(({ state }) => state === "unreachable");
      const isIdle = open.every(({ state }) => state === "unreachable" || state === "queued");
      const what = isSilent
        ? "is not known to have ended."
        : isIdle
          ? "has tasks that wait."
          : "goes on in the workers.";
      return `Run ${document.run} ${what} Take it up again: limaform runs attach ${document.run}`;
    }
    case "interrupted":
      return `${paint.warn(`Run ${document.run} interrupted.`)} Take it up again: limaform runs attach ${document.run}`;
    default:
      return `${paint.bad(`Run ${document.run} not done or not passed on ${failed} of ${document.workers.length} ${document.workers.some(({ task }) => task !== undefined) ? "tasks" : "workers"}.`)}${next}`;
  }
}
