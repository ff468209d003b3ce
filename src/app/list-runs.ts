import { LimaformError, StoreError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { RunRecord } from "../ports/runs.js";
import { isRunId } from "../runs/run-id.js";
import { isEnded, NOTHING } from "../runs/state.js";
import { compareText } from "../util/compare.js";
import { quoteWords } from "../util/shell-quote.js";
import type { RunSummary, RunsDocument } from "./app.js";
import { askAll } from "./ask-runs.js";
import { readMarkedList } from "./cancel-marks.js";
import type { Fleet } from "./fleet.js";
import { readRunHead } from "./run-head.js";
import type { AppSession } from "./session.js";
import { countNeverBegun } from "./task-documents.js";
import { isOpen, type StoredTaskList, taskListPath } from "./task-list.js";

/** Of one worker. */
const LIST_LIMIT_MS = 20_000;

/** Parts that may be at work are asked, and nothing is noted. */
export async function listRuns(session: AppSession): Promise<RunsDocument> {
  const fleet = await session.fleet();
  const byRun = new Map<string, RunRecord[]>();
  const found = await fleet.runs.survey();
  const records = await askAll(session, found.records, (record) => lookOrUnreachable(session, fleet, record));
  for (const record of records) byRun.set(record.run, [...(byRun.get(record.run) ?? []), record]);
  const damaged: RunsDocument["damaged"][number][] = found.damaged.map(({ run, path, error }) => ({
    ...{ run, path, error: toErrorDocument(error) },
  }));
  const lists = new Map<string, StoredTaskList>();
  for (const run of (await fleet.store.list("runs")).filter(isRunId)) {
    try {
      const list = await readMarkedList(fleet.store, run);
      if (list !== null) lists.set(run, list);
      // A task list whose limaform died before its first task has no parts yet, and can be taken up all the same.
      if (list !== null && !byRun.has(run)) byRun.set(run, []);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "STORE_DAMAGED") throw error;
      damaged.push({ run, path: taskListPath(fleet.store, run), error: toErrorDocument(error) });
    }
  }
  const runs: RunSummary[] = [];
  for (const [run, parts] of byRun) runs.push(await summaryOf(fleet, run, parts, lists.get(run) ?? null));
  runs.sort((left, right) => compareText(timeOf(right), timeOf(left)));
  return { format: "limaform.runs", version: 1, runs, damaged };
}

/** One worker that is not to be trusted any more hides no other run: `runs show` says what is wrong with it. */
async function lookOrUnreachable(session: AppSession, fleet: Fleet, record: RunRecord): Promise<RunRecord> {
  try {
    return await fleet.runs.look(record, { signal: session.interrupt.first, timeoutMs: LIST_LIMIT_MS });
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
    return { ...record, ...NOTHING, state: "unreachable", text: error.message };
  }
}

/** Ids of one second are in no order of their own. */
const timeOf = ({ run, startedAt }: RunSummary): string =>
  `${run.slice(0, "YYYYMMDD-HHMMSS".length)} ${startedAt} ${run}`;

async function summaryOf(
  fleet: Fleet,
  run: string,
  parts: readonly RunRecord[],
  list: StoredTaskList | null,
): Promise<RunSummary> {
  const head = await readRunHead(fleet.store, run);
  const counts: Record<string, number> = {};
  for (const { state } of parts) counts[state] = (counts[state] ?? 0) + 1;
  const neverBegun = list === null ? {} : countNeverBegun(list, parts);
  for (const [state, count] of Object.entries(neverBegun)) counts[state] = (counts[state] ?? 0) + count;
  let uncollected = 0;
  for (const part of parts) if (!(await fleet.isCollected(part))) uncollected += 1;
  const isLive = parts.some(({ state }) => !isEnded(state));
  const isWhole = parts.every(({ state, isPassed }) => state === "done" && isPassed !== false);
  const isDone = isWhole && (list?.tasks.every(({ end }) => end?.state === "done") ?? true);
  const open = list !== null && isOpen(list) ? ("open" as const) : null;
  return {
    run,
    label: head?.label ?? null,
    title: head?.title ?? quoteWords(parts[0]?.argv ?? []),
    startedAt: head?.startedAt ?? parts[0]?.startedAt ?? "",
    state: isLive ? "live" : (open ?? (isDone ? "done" : "failed")),
    counts,
    uncollected,
    workers: [...new Set(parts.map(({ instance }) => instance))],
  };
}
