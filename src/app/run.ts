import { LimaformError, RunError } from "../errors/errors.js";
import { newTaskList } from "../runs/task-list.js";
import { fillBuiltIns } from "../runs/template.js";
import { mapLimit } from "../util/map-limit.js";
import { together } from "../util/together.js";
import type { RunDocument, RunRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import type { HostCode } from "./host-code.js";
import { askCurrent, pushCurrent } from "./push-current.js";
import { refuseUncollected, reserveWorker } from "./reserve.js";
import { type Approached, approachWorkers, leave } from "./run-approach.js";
import type { Early } from "./run-early.js";
import { type BegunRun, beginRun } from "./run-head.js";
import { CALL_LIMIT_MS, elapsedOf, failedPart, followPart, type WorkerRun } from "./run-part.js";
import { codeToBring, prepareRun, type RunPlan } from "./run-plan.js";
import { startRequestOf } from "./run-start.js";
import { toRunWorker } from "./run-worker.js";
import type { AppSession } from "./session.js";
import { presentWorkers } from "./shell.js";
import { writeTaskList } from "./task-list.js";
import { checkTasks, goOnWithTasks } from "./tasks.js";
import type { Worker } from "./workers.js";

/**
 * Puts an agent or a command to work on workers, detached in each guest; follows it, brings its output and its work here.
 * Ctrl-C ends the following only: it goes on in there, and `results list` collects it later. `early`: what it has begun with
 * already, which is closed here; null where it begins with limactl's listing.
 */
export async function runCommand(session: AppSession, request: RunRequest, early: Early | null): Promise<RunDocument> {
  const { fleet, approached } = await approachFirst(session, request, early);
  if (approached === null) return runWith(session, fleet, request, await chosenWorkers(session, fleet, request));
  try {
    return await runWith(session, fleet, request, { ...approached, code: null });
  } finally {
    const { workers } = approached;
    await leave({ open: workers.map(({ approach }) => approach), leases: workers.map(({ lease }) => lease) });
  }
}

/** `approached` null: for the long way. */
async function approachFirst(session: AppSession, request: RunRequest, early: Early | null) {
  if (early === null) return { fleet: await session.fleet(), approached: null };
  const drop = session.standEarly();
  try {
    const fleet = await session.fleet();
    if (fleet.loaded.spec.values["repo.mode"] === "files") drop();
    return { fleet, approached: await approachWorkers(session, fleet, request, early) };
  } finally {
    await early.close();
  }
}

interface Chosen {
  readonly workers: readonly (Worker | Approached)[];
  /** What they get first, where they hold no work of their own; null: nothing. */
  readonly code: HostCode | null;
  /** null: not yet. */
  readonly begun: BegunRun | null;
}

/** As limactl lists them. git is asked while it is at work. */
async function chosenWorkers(session: AppSession, fleet: Fleet, request: RunRequest): Promise<Chosen> {
  const [workers, code] = await together(
    presentWorkers(session, request.workers),
    codeToBring(session, fleet, request),
  );
  refuseNotReady(workers);
  if (!request.queue) await refuseUncollected(fleet, workers, request);
  return { workers, code, begun: null };
}

async function runWith(
  session: AppSession,
  fleet: Fleet,
  request: RunRequest,
  { workers, code, begun }: Chosen,
): Promise<RunDocument> {
  const plan = await planOrDrop(session, fleet, request, { code, begun });
  const { run, named } = begun ?? beginRun(session, fleet.store, request);
  if (request.tasks !== null) {
    await named;
    const chosen = { ...request, workers: workers.map(({ instance }) => instance) };
    await writeTaskList(fleet.store, { ...newTaskList(run, request.tasks), request: { ...chosen, tasks: null } });
    return goOnWithTasks(session, fleet, run);
  }
  for (const { slot } of workers.slice(request.parallel)) {
    session.emit({ type: "run.worker", slot, state: "queued", text: "waits for its turn" });
  }
  const parts = mapLimit(workers, request.parallel, (worker) =>
    runOn(session, fleet, { request, plan, run, worker, named }),
  );
  const [, results] = await together(named, parts);
  return { format: "limaform.run", version: 1, run, verdict: verdictOf(session, request, results), workers: results };
}

async function planOrDrop(
  session: AppSession,
  fleet: Fleet,
  request: RunRequest,
  { code, begun }: Omit<Chosen, "workers">,
) {
  try {
    // Not before: nobody is asked for a password for a worker that is not ready.
    const plan = await prepareRun(session, fleet, request, code);
    checkTasks(plan, request, request.tasks ?? []);
    return plan;
  } catch (error) {
    await begun?.drop();
    throw error;
  }
}

interface Part {
  readonly request: RunRequest;
  readonly plan: RunPlan;
  readonly run: string;
  readonly worker: Worker | Approached;
  /** Resolves when what the run is called is written; nothing starts before. */
  readonly named: Promise<void>;
}

async function runOn(session: AppSession, fleet: Fleet, part: Part): Promise<WorkerRun> {
  const { worker } = part;
  const startedMs = session.clock.monotonicMs();
  try {
    const lease = "lease" in worker ? worker.lease : await reserveWorker(session, fleet, worker, part.request);
    try {
      return await followRun(session, fleet, part);
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!(error instanceof LimaformError)) throw error;
    return failedPart(session, worker, error, Math.round(session.clock.monotonicMs() - startedMs));
  }
}

/** While we waited for the lease, an apply may have pushed other code, or made another worker. */
async function lookAgain(session: AppSession, fleet: Fleet, worker: Worker): Promise<Worker> {
  const facts = await fleet.reader.inspect(worker.instance, session.interrupt.first);
  if (facts === null) throw notReady(`${worker.instance} is gone`);
  refuseNotReady([{ ...worker, facts }]);
  return { ...worker, facts };
}

async function followRun(session: AppSession, fleet: Fleet, part: Part): Promise<WorkerRun> {
  const { request, plan, run } = part;
  const worker = await brought(session, fleet, part);
  const through = "approach" in worker ? { through: worker.approach } : {};
  await part.named;
  const { slot } = worker;
  const call = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
  const start = startRequestOf(fleet, worker, {
    run,
    request,
    plan,
    program: plan.programOf(promptFor(request, slot)),
  });
  const started = await fleet.runs.start(start, { ...call, ...through });
  session.emit({ type: "run.worker", slot, state: started.state, text: "started" });
  if (request.detach) return toRunWorker(started, elapsedOf(session, started));
  return followPart(session, fleet, started, { timeoutMs: start.timeoutMs, isNew: true });
}

/** A template's own words for this worker; any other prompt goes as it was typed. */
function promptFor(request: RunRequest, slot: number): RunRequest {
  if (request.isTemplate !== true) return request;
  return { ...request, prompt: fillBuiltIns(request.prompt, { slot: String(slot) }) };
}

/** The worker as it is now, with the current code where it holds no work of its own. */
async function brought(session: AppSession, fleet: Fleet, { plan, worker }: Part): Promise<Worker | Approached> {
  if ("approach" in worker) return worker;
  const { code } = plan;
  const looking = lookAgain(session, fleet, worker);
  if (code === null) return looking;
  const [now, current] = await together(looking, askCurrent(session, fleet, code, worker));
  if (current?.isMarked(now)) return now;
  await pushCurrent(session, fleet, code, now);
  return lookAgain(session, fleet, now);
}

function verdictOf(session: AppSession, request: RunRequest, results: readonly WorkerRun[]): RunDocument["verdict"] {
  if (session.interrupt.raised() !== null) return "interrupted";
  if (results.some(({ error }) => error !== null)) return "failed";
  if (request.detach) return "detached";
  return results.every(({ state, passed }) => state === "done" && passed !== false) ? "done" : "failed";
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
