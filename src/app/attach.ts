import { LimaformError } from "../errors/errors.js";
import type { RunRecord } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import type { RunDocument } from "./app.js";
import { findParts } from "./find-run.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import { elapsedOf, failedPart, followPart, type WorkerRun } from "./run-part.js";
import { documentOf, verdictOf } from "./runs.js";
import type { AppSession } from "./session.js";
import { readTaskList } from "./task-list.js";
import { goOnWithTasks } from "./tasks.js";

/** Takes a run up again, from any process: follows what is live, collects what is left, and goes on with its task list. */
export async function attachRun(session: AppSession, id: string): Promise<RunDocument> {
  const fleet = await session.fleet();
  // Before its parts are looked for: a list whose limaform died before its first task has none yet.
  if (!id.includes("/") && (await readTaskList(fleet.store, id)) !== null) return goOnWithTasks(session, fleet, id);
  const parts = await findParts(fleet, id);
  const workers = await Promise.all(parts.map((record) => attachPart(session, fleet, record)));
  const told = await documentOf(session, fleet, await findParts(fleet, id));
  const merged = told.workers.map((worker, index) => ({ ...worker, error: workers[index]?.error ?? null }));
  const verdict = session.interrupt.raised() === null ? verdictOf(merged) : "interrupted";
  return { ...told, workers: merged, verdict };
}

async function attachPart(session: AppSession, fleet: Fleet, record: RunRecord): Promise<WorkerRun> {
  const elapsed = () => elapsedOf(session, { ...record, state: "working" });
  try {
    const lease = await leaseWorker(session, fleet, record.instance);
    try {
      if (isEnded(record.state) && (await fleet.isCollected(record))) {
        const [part] = (await documentOf(session, fleet, [record])).workers;
        if (part !== undefined) return part;
      }
      return await followPart(session, fleet, record, { elapsed });
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!(error instanceof LimaformError)) throw error;
    return failedPart(session, record, error, elapsed());
  }
}
