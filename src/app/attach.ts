import { LimaformError, StoreError } from "../errors/errors.js";
import type { RunRecord } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import { partName } from "../util/run-part.js";
import type { RunDocument } from "./app.js";
import { findParts } from "./find-run.js";
import type { Fleet } from "./fleet.js";
import { type OutputGiver, openOutput } from "./give-output.js";
import { leaseWorker } from "./lease.js";
import { readRunHead } from "./run-head.js";
import { elapsedOf, failedPart, followPart, type WorkerRun } from "./run-part.js";
import { documentOf, verdictOf } from "./runs.js";
import type { AppSession } from "./session.js";
import { readTaskList } from "./task-list.js";
import { goOnWithTasks } from "./tasks.js";

/**
 * Takes a run up again, from any process: follows what is live, collects what is left, goes on with its task list, and gives
 * its output where `run --output` was to.
 */
export async function attachRun(session: AppSession, id: string): Promise<RunDocument> {
  const fleet = await session.fleet();
  const [run = ""] = id.split("/");
  const isWholeRun = id === run;
  // Before its parts are looked for: a list whose limaform died before its first task has none yet.
  const list = isWholeRun ? await readTaskList(fleet.store, run) : null;
  const goOn = (within: AppSession) =>
    list === null ? attachParts(within, fleet, id) : goOnWithTasks(within, fleet, run);
  const output = (await readRunHead(fleet.store, run))?.output;
  if (output === undefined) return goOn(session);
  const before = await overIn(fleet, run);
  const tasks = isWholeRun ? (list?.tasks ?? null) : await namesOf(fleet, id);
  const giver = await giverOrNull(session, { output, tasks });
  const document = await goOn(giver?.session ?? session);
  return giver?.giveRest(document, before) ?? document;
}

async function attachParts(session: AppSession, fleet: Fleet, id: string): Promise<RunDocument> {
  const parts = await findParts(fleet, id);
  const workers = await Promise.all(parts.map((record) => attachPart(session, fleet, record)));
  const told = await documentOf(session, fleet, await findParts(fleet, id));
  const merged = told.workers.map((worker, index) => ({ ...worker, error: workers[index]?.error ?? null }));
  const verdict = session.interrupt.raised() === null ? verdictOf(merged) : "interrupted";
  return { ...told, workers: merged, verdict };
}

const namesOf = async (fleet: Fleet, id: string) =>
  (await findParts(fleet, id)).map((record) => ({ id: partName(record) }));

/** Names of the parts of which nothing is left to be done. */
async function overIn(fleet: Fleet, run: string): Promise<ReadonlySet<string>> {
  const over = new Set<string>();
  for (const record of await fleet.runs.ofRun(run)) if (await isWhole(fleet, record)) over.add(partName(record));
  return over;
}

const isWhole = async (fleet: Fleet, record: RunRecord): Promise<boolean> =>
  isEnded(record.state) && (await fleet.isCollected(record));

/** A folder that is gone by now does not keep the work from coming here. */
async function giverOrNull(session: AppSession, asked: Parameters<typeof openOutput>[1]): Promise<OutputGiver | null> {
  try {
    return await openOutput(session, asked);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    session.emit({ type: "log", level: "warning", text: `${error.message}; it is kept in the state folder` });
    return null;
  }
}

async function attachPart(session: AppSession, fleet: Fleet, record: RunRecord): Promise<WorkerRun> {
  try {
    const lease = await leaseWorker(session, fleet, record.instance);
    try {
      if (await isWhole(fleet, record)) {
        const [part] = (await documentOf(session, fleet, [record])).workers;
        if (part !== undefined) return part;
      }
      return await followPart(session, fleet, record);
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!(error instanceof LimaformError)) throw error;
    return failedPart(session, record, error, elapsedOf(session, record));
  }
}
