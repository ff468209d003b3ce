import { LimaformError, LockBusyError, RunError } from "../errors/errors.js";
import type { RunRecord } from "../ports/runs.js";
import { cancelNotBegun, type TaskList } from "../runs/task-list.js";
import type { RunDocument } from "./app.js";
import { askAll } from "./ask-runs.js";
import { markCancelled, readMarkedList } from "./cancel-marks.js";
import { findParts } from "./find-run.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import { CALL_LIMIT_MS, elapsedOf, failedPart, isOver, type WorkerRun } from "./run-part.js";
import { toRunWorker } from "./run-worker.js";
import type { AppSession } from "./session.js";
import { taskParts } from "./task-documents.js";
import { readTaskList, type StoredTaskList, tasksLease, writeTaskList } from "./task-list.js";
import { cancelWaiting, findWaiting, showWaiting } from "./waiting-task.js";

/** As it is now: parts that may be at work are asked, and nothing is noted. */
export async function showRun(session: AppSession, id: string): Promise<RunDocument> {
  const fleet = await session.fleet();
  const options = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
  const waiting = await findWaiting(fleet, id);
  if (waiting !== null) return showWaiting(session, fleet, waiting);
  const list = await listOf(fleet, id);
  const known = list === null ? await findParts(fleet, id) : await recordsOf(fleet, list);
  const parts = await askAll(session, known, (record) => fleet.runs.look(record, options));
  return list === null ? documentOf(session, fleet, parts) : listDocument(session, fleet, list, parts);
}

/** The task list of a run that was named as a whole; null: it has none, or one part of it is meant. */
async function listOf(fleet: Fleet, id: string): Promise<StoredTaskList | null> {
  return id.includes("/") ? null : readMarkedList(fleet.store, id);
}

const recordsOf = (fleet: Fleet, { run }: { readonly run: string }): Promise<readonly RunRecord[]> =>
  fleet.runs.ofRun(run);

async function listDocument(session: AppSession, fleet: Fleet, list: TaskList, parts: readonly RunRecord[]) {
  const workers = await taskParts(session, fleet, list, parts);
  const verdict = verdictOf(workers);
  return { format: "limaform.run", version: 1, run: list.run, verdict, workers } as const;
}

/** Ends all its processes, and no task of it starts any more. What it made until then is collected as usual. */
export async function cancelRun(session: AppSession, id: string): Promise<RunDocument> {
  const fleet = await session.fleet();
  const waiting = await findWaiting(fleet, id);
  if (waiting !== null) return cancelWaiting(session, fleet, waiting);
  const list = await listOf(fleet, id);
  const parts = list === null ? await findParts(fleet, id) : await recordsOf(fleet, list);
  const options = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
  if (!id.includes("/")) await markCancelled(fleet.store, id, session.clock.now());
  const workers = await Promise.all(
    parts.map(async (record): Promise<WorkerRun> => {
      try {
        const now = await fleet.runs.cancel(record, options);
        return toRunWorker(now, elapsedOf(session, now));
      } catch (error) {
        if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
        return failedPart(session, record, error, elapsedOf(session, record));
      }
    }),
  );
  if (list === null) {
    return { format: "limaform.run", version: 1, run: runOf(parts), verdict: verdictOf(workers), workers };
  }
  const ended = await endWaiting(session, fleet, list);
  const told = await listDocument(session, fleet, ended, await recordsOf(fleet, list));
  const failed = workers.filter(({ error }) => error !== null);
  const merged = told.workers.map((each) => failed.find(({ task }) => task === each.task) ?? each);
  return { ...told, workers: merged, verdict: verdictOf(merged) };
}

/** Tasks that nobody began never will be. Where another limaform has the list, it sees the mark and does this itself. */
async function endWaiting(session: AppSession, fleet: Fleet, list: StoredTaskList): Promise<TaskList> {
  try {
    const lease = await leaseWorker(session, fleet, tasksLease(list.run), 0);
    try {
      const stored = (await readTaskList(fleet.store, list.run)) ?? list;
      const begun = new Set((await recordsOf(fleet, list)).map(({ task }) => task));
      const next = cancelNotBegun(stored, (task) => begun.has(task));
      await writeTaskList(fleet.store, { ...stored, ...next });
      return next;
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (error instanceof LockBusyError) return list;
    throw error;
  }
}

export async function documentOf(session: AppSession, fleet: Fleet, parts: readonly RunRecord[]): Promise<RunDocument> {
  const results = await fleet.results.list();
  const workers = parts.map((record): WorkerRun => {
    const { run, slot, task } = record;
    const result = results.find((one) => one.run === run && one.slot === slot && one.task === task);
    return toRunWorker(record, elapsedOf(session, record), result ?? null);
  });
  return { format: "limaform.run", version: 1, run: runOf(parts), verdict: verdictOf(workers), workers };
}

export function runOf(parts: readonly { readonly run: string }[]): string {
  const [first] = parts;
  if (first === undefined) throw new RunError("RUN_NOT_FOUND", "the run has no parts");
  return first.run;
}

/** `detached`: some of it goes on without us. */
export function verdictOf(workers: readonly WorkerRun[]): RunDocument["verdict"] {
  if (workers.some(({ error }) => error !== null)) return "failed";
  if (!workers.every(isOver)) return "detached";
  return workers.every(({ state, passed }) => state === "done" && passed !== false) ? "done" : "failed";
}
