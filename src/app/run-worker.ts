import type { RunRecord } from "../ports/runs.js";
import { taskOf } from "../util/run-part.js";
import type { ResultSummary, RunWorker } from "./app.js";

/** One part of a run as documents show it; `result` null: it changed nothing, or is not collected. */
export function toRunWorker(
  record: RunRecord,
  elapsedMs: number,
  result: Pick<ResultSummary, "id" | "commits" | "files" | "additions" | "deletions"> | null = null,
): RunWorker {
  const { slot, instance, agent, state, failure, text, since, until, warnings } = record;
  const { exitCode, checkExitCode, conversation, model, tokens, costUsd, toolCalls, resultText, output } = record;
  return {
    ...{ slot, ...taskOf(record), instance, agent, state, failure, text, since, until },
    ...{ passed: record.isPassed, checkExitCode, warnings, exitCode, elapsedMs },
    ...{ conversation, model, tokens, costUsd, toolCalls, resultText, output },
    result: result?.id ?? null,
    commits: result?.commits ?? 0,
    files: result?.files ?? 0,
    additions: result?.additions ?? 0,
    deletions: result?.deletions ?? 0,
    error: null,
  };
}

type Known = Pick<RunWorker, "slot" | "instance" | "state"> & Partial<RunWorker>;

/** A part of which nothing more is known. */
export function blankWorker(known: Known): RunWorker {
  return {
    ...{ agent: null, failure: null, text: "", since: null, until: null, passed: null, checkExitCode: null },
    ...{ warnings: [], exitCode: null, elapsedMs: 0, conversation: null, model: null, tokens: null, costUsd: null },
    ...{ toolCalls: 0, resultText: null, output: "", result: null, commits: 0, files: 0, additions: 0, deletions: 0 },
    error: null,
    ...known,
  };
}
