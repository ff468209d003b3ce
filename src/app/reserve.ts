import { LockBusyError, RunError } from "../errors/errors.js";
import type { LockHandle } from "../ports/host.js";
import type { RunRecord } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import type { RunRequest } from "./app.js";
import { collectRun, endedRun } from "./collect.js";
import { refuseHidden } from "./damaged-runs.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import { CALL_LIMIT_MS } from "./run-part.js";
import type { AppSession } from "./session.js";
import type { Worker } from "./workers.js";

/** Longer than any run; `--queue` has no limit of its own. */
const QUEUE_LIMIT_MS = 30 * 24 * 3_600_000;
const QUEUE_POLL_MS = 3_000;

/**
 * Takes a worker for a run: its lease, once no other run is live on it and nothing of one is left there. The lease is that
 * of this process and is taken over when it dies; the live run itself is what the guest shows, so neither needs the other.
 *
 * Errors: RUN_WORKER_BUSY, unless `queue` waits for it (and collects what others left); with `continue` only a run that the
 * worker itself shows to be live is in the way.
 */
export async function reserveWorker(
  session: AppSession,
  fleet: Fleet,
  worker: Worker,
  request: Pick<RunRequest, "queue"> & Passing,
): Promise<LockHandle> {
  for (;;) {
    const lease = await leaseOrRefuse(session, fleet, worker, request.queue);
    let isFree = false;
    try {
      const left = await inTheWay(fleet, [worker], request, session.interrupt.first);
      isFree = request.queue ? await clearAway(session, fleet, left) : left.length === 0;
      if (isFree) return lease;
      if (!request.queue) throw busyWith(left[0] as RunRecord, request);
    } finally {
      if (!isFree) await lease.release();
    }
    await session.clock.sleep(QUEUE_POLL_MS, session.interrupt.first);
  }
}

async function leaseOrRefuse(session: AppSession, fleet: Fleet, { slot, instance }: Worker, queue: boolean) {
  try {
    if (queue && (await fleet.lock.leases())[instance] !== undefined) {
      session.emit({ type: "run.worker", slot, state: "queued", text: `waits for ${instance}` });
    }
    return await leaseWorker(session, fleet, instance, queue ? QUEUE_LIMIT_MS : session.options.lockTimeoutMs);
  } catch (error) {
    if (!(error instanceof LockBusyError)) throw error;
    throw new RunError("RUN_WORKER_BUSY", error.message, {
      hint: "wait for it with --queue; what runs there: limaform runs list",
      details: error.details,
      cause: error,
    });
  }
}

/** True once nothing of these is left: what ended is collected, what runs is waited for by the caller. */
async function clearAway(session: AppSession, fleet: Fleet, left: readonly RunRecord[]): Promise<boolean> {
  for (const record of left) {
    const options = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
    const ended = await endedRun(fleet, record, options);
    if (ended === null) {
      session.emit({ type: "run.worker", slot: record.slot, state: "queued", text: `waits for run ${record.run}` });
      return false;
    }
    await collectRun(session, fleet, ended);
  }
  return true;
}

type Named = Pick<Worker, "slot" | "instance">;

/** What a run passes over. */
export interface Passing extends Pick<RunRequest, "continue"> {
  /** The run whose part it is to be: the others of it are never in its way. */
  readonly run?: string;
}

/** Runs that a new one would be mixed up with: live, or with work that is not here yet. */
async function inTheWay(
  fleet: Fleet,
  workers: readonly Named[],
  { continue: passesLeft, run }: Passing,
  signal: AbortSignal,
): Promise<readonly RunRecord[]> {
  const names = new Set(workers.map(({ instance }) => instance));
  const found = await fleet.runs.survey();
  const left: RunRecord[] = [];
  for (const record of found.records) {
    if (names.has(record.instance) && record.run !== run && !(await fleet.isCollected(record))) left.push(record);
  }
  if (passesLeft) {
    const options = { signal, timeoutMs: CALL_LIMIT_MS };
    return (await Promise.all(left.map((record) => fleet.runs.look(record, options)))).filter(isSeenLive);
  }
  for (const worker of workers) await refuseHidden(fleet, found.damaged, worker, signal);
  return left;
}

/** By what the worker shows; one that does not answer shows nothing. */
const isSeenLive = ({ state }: RunRecord): boolean => !isEnded(state) && state !== "unreachable";

/** Before anything of a run is begun. Errors: RUN_WORKER_BUSY. */
export async function refuseUncollected(fleet: Fleet, workers: readonly Named[], passing: Passing): Promise<void> {
  const [first] = await inTheWay(fleet, workers, passing, AbortSignal.timeout(CALL_LIMIT_MS));
  if (first !== undefined) throw busyWith(first, passing);
}

function busyWith(record: RunRecord, passing: Passing): RunError {
  const { run, slot, instance, state } = record;
  const isSeen = passing.continue;
  const what = isSeen ? "is at work" : isEnded(state) ? "has not been collected" : "is not known to have ended";
  const ways = isEnded(state)
    ? `collect it with: limaform runs attach ${run}; or run all the same with --continue`
    : `follow it with: limaform runs attach ${run}, end it with: limaform runs cancel ${run}`;
  return new RunError("RUN_WORKER_BUSY", `run ${run} on ${instance} ${what}`, {
    hint: `wait for it with --queue; ${ways}`,
    details: { run, slot, instance, state },
  });
}
