import { GuestError, LimaformError, RunError, StoreError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { RunRecord } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import { parseDuration } from "../util/duration.js";
import { mapLimit } from "../util/map-limit.js";
import type { RunDocument, RunRequest } from "./app.js";
import { collectRun } from "./collect.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import { newRunId } from "./run-id.js";
import type { AppSession } from "./session.js";
import { presentWorkers } from "./shell.js";
import type { Worker } from "./workers.js";

type WorkerRun = RunDocument["workers"][number];

const CALL_LIMIT_MS = 2 * 60_000;
const UNREACHABLE_AFTER_MS = 5 * 60_000;
/** The guest ends a run at its limit; what still runs so long after that is a guest that does not tell the truth. */
const END_GRACE_MS = 5 * 60_000;

/**
 * Runs a command on workers, detached in each guest; follows it, brings its output and its work here. Ctrl-C ends the
 * following only: the command goes on, and `results list` collects it later.
 */
export async function runCommand(session: AppSession, request: RunRequest): Promise<RunDocument> {
  const fleet = await session.fleet();
  const workers = await presentWorkers(session, request.workers);
  refuseNotReady(workers);
  if (!request.continue) await refuseUncollected(fleet, workers);
  const run = newRunId(session.clock);
  const results = await mapLimit(workers, request.parallel, (worker) =>
    runOn(session, fleet, { request, run, worker }),
  );
  return { format: "limaform.run", version: 1, run, verdict: verdictOf(session, request, results), workers: results };
}

interface Part {
  readonly request: RunRequest;
  readonly run: string;
  readonly worker: Worker;
}

async function runOn(session: AppSession, fleet: Fleet, part: Part): Promise<WorkerRun> {
  const { worker } = part;
  const startedMs = session.clock.monotonicMs();
  const elapsed = () => Math.round(session.clock.monotonicMs() - startedMs);
  try {
    const lease = await leaseWorker(session, fleet, worker.instance);
    try {
      const now = await lookAgain(session, fleet, part);
      return await followRun(session, fleet, { ...part, worker: now }, elapsed);
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!(error instanceof LimaformError)) throw error;
    const state = stateAfter(error);
    session.emit({ type: "run.worker", slot: worker.slot, state, text: error.message });
    return { ...blank(worker), state, elapsedMs: elapsed(), error: toErrorDocument(error) };
  }
}

/** While we waited for the lease, another run may have come and gone, and an apply may have pushed other code. */
async function lookAgain(session: AppSession, fleet: Fleet, { request, worker }: Part): Promise<Worker> {
  const facts = await fleet.reader.inspect(worker.instance, session.interrupt.first);
  if (facts === null) throw notReady(`${worker.instance} is gone`);
  refuseNotReady([{ ...worker, facts }]);
  if (!request.continue) await refuseUncollected(fleet, [worker]);
  return { ...worker, facts };
}

/** What is known of the command itself when something around it failed. */
function stateAfter(error: LimaformError): WorkerRun["state"] {
  // It was left alone, or its output finds no place here: it goes on in there.
  if (error.code === "INTERRUPTED" || error instanceof StoreError) return "working";
  return error instanceof GuestError ? "unreachable" : "failed";
}

async function followRun(session: AppSession, fleet: Fleet, part: Part, elapsed: () => number): Promise<WorkerRun> {
  const { request, run, worker } = part;
  const { slot, instance } = worker;
  const target = { run, slot, instance };
  const base = worker.facts.lastPush?.base ?? null;
  const { values } = fleet.loaded.spec;
  const timeoutMs = request.timeoutMs ?? parseDuration(String(values["run.timeout"] ?? "2h"));
  const cwd = base === null ? "~" : String(values["repo.path"]);
  const env = Object.fromEntries(Object.entries(values.env ?? {}).map(([key, value]) => [key, String(value)]));
  const call = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
  const started = await fleet.runs.start({ ...target, argv: request.argv, cwd, env, timeoutMs, base }, call);
  session.emit({ type: "run.worker", slot, state: started.state, text: "started" });
  if (request.detach) return toWorkerRun(started, elapsed());
  const ended = await fleet.runs.follow(target, {
    ...call,
    unreachableAfterMs: UNREACHABLE_AFTER_MS,
    endsAfterMs: timeoutMs + END_GRACE_MS,
    onLine: (line) => session.emit({ type: "run.worker", slot, state: "working", text: line }),
  });
  session.emit({ type: "run.worker", slot, state: ended.state, text: ended.text });
  if (!isEnded(ended.state)) return toWorkerRun(ended, elapsed());
  try {
    const result = await collectRun(session, fleet, ended);
    return { ...toWorkerRun(ended, elapsed()), result: result?.id ?? null, commits: result?.commits ?? 0 };
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
    return { ...toWorkerRun(ended, elapsed()), error: toErrorDocument(error) };
  }
}

function toWorkerRun(record: RunRecord, elapsedMs: number): WorkerRun {
  const { slot, instance, state, exitCode, output } = record;
  return { slot, instance, state, exitCode, elapsedMs, output, result: null, commits: 0, error: null };
}

function blank({ slot, instance }: Worker): WorkerRun {
  return {
    slot,
    instance,
    state: "unreachable",
    exitCode: null,
    elapsedMs: 0,
    output: "",
    result: null,
    commits: 0,
    error: null,
  };
}

function verdictOf(session: AppSession, request: RunRequest, results: readonly WorkerRun[]): RunDocument["verdict"] {
  if (session.interrupt.raised() !== null) return "interrupted";
  if (results.some(({ error }) => error !== null)) return "failed";
  if (request.detach) return "detached";
  return results.every(({ state }) => state === "done") ? "done" : "failed";
}

function refuseNotReady(workers: readonly Worker[]): void {
  const asleep = workers.filter(({ facts }) => facts.status !== "running" || facts.readyAt === null);
  if (asleep.length === 0) return;
  throw notReady(`not ready: ${asleep.map(({ instance, facts }) => `${instance} (${facts.status})`).join(", ")}`);
}

function notReady(text: string): RunError {
  return new RunError("RUN_WORKER_NOT_READY", text, {
    hint: "start them with: limaform apply (or limaform start W, where stop holds them)",
  });
}

/** A live run, or one whose work is not here yet, would be mixed up with the new one's. */
async function refuseUncollected(fleet: Fleet, workers: readonly Worker[]): Promise<void> {
  const names = new Set(workers.map(({ instance }) => instance));
  const records = (await fleet.runs.list()).filter(({ instance }) => names.has(instance));
  for (const record of records) {
    if (await fleet.isCollected(record)) continue;
    const what = isEnded(record.state) ? "has not been collected" : "is not known to have ended";
    throw new RunError("RUN_WORKER_BUSY", `run ${record.run} on ${record.instance} ${what}`, {
      hint: "collect it with: limaform results list; or run all the same with --continue",
    });
  }
}
