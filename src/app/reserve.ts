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
 * Errors: RUN_WORKER_BUSY, unless `queue` waits for it (and collects what others left).
 */
export async function reserveWorker(
  session: AppSession,
  fleet: Fleet,
  worker: Worker,
  request: Pick<RunRequest, "queue" | "continue">,
): Promise<LockHandle> {
  for (;;) {
    const lease = await leaseOrRefuse(session, fleet, worker, request.queue);
    let isFree = false;
    try {
      const left = request.continue ? [] : await uncollectedOn(fleet, [worker], session.interrupt.first);
      isFree = request.queue ? await clearAway(session, fleet, left) : left.length === 0;
      if (isFree) return lease;
      if (!request.queue) throw busyWith(left[0] as RunRecord);
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

async function uncollectedOn(
  fleet: Fleet,
  workers: readonly Named[],
  signal: AbortSignal,
): Promise<readonly RunRecord[]> {
  const names = new Set(workers.map(({ instance }) => instance));
  const found = await fleet.runs.survey();
  for (const worker of workers) await refuseHidden(fleet, found.damaged, worker, signal);
  const records = found.records.filter(({ instance }) => names.has(instance));
  const left: RunRecord[] = [];
  for (const record of records) if (!(await fleet.isCollected(record))) left.push(record);
  return left;
}

/** A live run, or one whose work is not here yet, would be mixed up with the new one's. Errors: RUN_WORKER_BUSY. */
export async function refuseUncollected(fleet: Fleet, workers: readonly Named[]): Promise<void> {
  const [first] = await uncollectedOn(fleet, workers, AbortSignal.timeout(CALL_LIMIT_MS));
  if (first !== undefined) throw busyWith(first);
}

function busyWith(record: RunRecord): RunError {
  const what = isEnded(record.state) ? "has not been collected" : "is not known to have ended";
  return new RunError("RUN_WORKER_BUSY", `run ${record.run} on ${record.instance} ${what}`, {
    hint: `wait for it with --queue, follow it with: limaform runs attach ${record.run}; or run all the same with --continue`,
    details: { run: record.run, slot: record.slot, instance: record.instance, state: record.state },
  });
}
