import { GuestError, LimaformError, LockBusyError, RunError } from "../errors/errors.js";
import type { LockHandle } from "../ports/host.js";
import { isEnded } from "../runs/state.js";
import { givenTo, type Task, type TaskEnd, type TaskList, type TaskPlace } from "../runs/task-list.js";
import { promptWithFiles } from "../runs/task-prompt.js";
import { type TaskOutcome, type TaskWorker, walkTasks } from "../runs/task-walk.js";
import { fillBuiltIns } from "../runs/template.js";
import type { RunDocument, RunRequest } from "./app.js";
import { cancelledTasks, isTaskCancelled } from "./cancel-marks.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import { pushCurrent } from "./push-current.js";
import { reserveWorker } from "./reserve.js";
import { resetWorker } from "./reset-worker.js";
import type { RunProgram } from "./run-agent.js";
import { CALL_LIMIT_MS, followPart, isOver, type WorkerRun } from "./run-part.js";
import { codeToBring, prepareRun, type RunPlan } from "./run-plan.js";
import { startRequestOf } from "./run-start.js";
import type { AppSession } from "./session.js";
import { taskParts } from "./task-documents.js";
import { readTaskList, type StoredTaskList, tasksLease, writeTaskList } from "./task-list.js";
import { type Worker, workersOf } from "./workers.js";

interface Scene {
  readonly session: AppSession;
  readonly fleet: Fleet;
  readonly stored: StoredTaskList;
  readonly plan: RunPlan;
  readonly places: Map<string, TaskPlace>;
}

interface Taker extends TaskWorker {
  readonly worker: Worker;
}

/**
 * Goes on with a task list: at its beginning, after a crash, or where somebody interrupted it. Each task is collected
 * before its worker takes the next. One process at a time has a list.
 *
 * Errors: RUN_WORKER_BUSY where another limaform has it; RUN_NOT_FOUND.
 */
export async function goOnWithTasks(session: AppSession, fleet: Fleet, run: string): Promise<RunDocument> {
  const lease = await leaseList(session, fleet, run);
  try {
    const stored = await readTaskList(fleet.store, run);
    if (stored === null) throw new RunError("RUN_NOT_FOUND", `run ${run} has no tasks`);
    const places = new Map(stored.places.map((place) => [place.instance, place]));
    // The prompts are the tasks' own: without them the request would ask an agent for nothing.
    const request = { ...stored.request, tasks: stored.tasks };
    const plan = await prepareRun(session, fleet, request, await codeToBring(session, fleet, request));
    const scene: Scene = { session, fleet, stored, plan, places };
    const list = await walk(scene);
    return await documentOf(scene, list);
  } finally {
    await lease.release();
  }
}

async function leaseList(session: AppSession, fleet: Fleet, run: string): Promise<LockHandle> {
  try {
    return await leaseWorker(session, fleet, tasksLease(run));
  } catch (error) {
    if (!(error instanceof LockBusyError)) throw error;
    throw new RunError("RUN_WORKER_BUSY", `another limaform is at the tasks of run ${run}: ${error.message}`, {
      hint: `look on: limaform logs --run ${run} --follow`,
      details: error.details,
      cause: error,
    });
  }
}

async function walk(scene: Scene): Promise<TaskList> {
  const { session, fleet, stored } = scene;
  const { request, run } = stored;
  const { instances } = await fleet.reader.list(session.interrupt.first);
  const names = new Set(request.workers);
  const workers = workersOf(fleet, instances).filter(({ instance }) => names.has(instance));
  const present = new Set(instances.map(({ name }) => name));
  const start = loseWithWorkers(stored, present);
  const ready = workers.filter(({ facts }) => facts.status === "running" && facts.readyAt !== null);
  const hasTask = ({ instance }: Worker): boolean => givenTo(start, instance).length > 0;
  // Who has a task already is at it, whatever --parallel says; without it that task would never end.
  const busy = ready.filter(hasTask);
  const others = ready.filter((worker) => !hasTask(worker));
  const chosen = [...busy, ...others.slice(0, Math.max(0, request.parallel - busy.length))];
  const leases: LockHandle[] = [];
  try {
    const takers: Taker[] = [];
    for (const worker of chosen) {
      const free = { ...request, run, continue: request.continue || hasTask(worker) };
      leases.push(await reserveWorker(session, fleet, worker, free));
      const current = await bringCurrent(scene, worker);
      await notePlace(scene, current);
      takers.push({ ...current, readyAt: worker.facts.readyAt ?? "", worker: current });
    }
    return await walkTasks(start, takers, {
      save: (list) => writeTaskList(fleet.store, { ...list, places: [...scene.places.values()], request }),
      run: (taker, task) => runTask(scene, taker.worker, task),
      reset: ({ worker, instance }) => resetWorker(session, fleet, { run, worker, place: scene.places.get(instance) }),
      isStopped: () => session.interrupt.first.aborted,
      cancelled: () => cancelledTasks(fleet.store, run),
    });
  } finally {
    for (const lease of leases) await lease.release();
  }
}

/** What a worker had that is no more cannot be known; it is never begun a second time. */
function loseWithWorkers(list: TaskList, present: ReadonlySet<string>): TaskList {
  const isLost = ({ status, given }: Task): boolean => status === "given" && !present.has(given?.instance ?? "");
  return {
    ...list,
    tasks: list.tasks.map((task) => {
      const end = { state: "lost", text: `${task.given?.instance} is gone` } as const;
      return isLost(task) ? { ...task, status: "ended", end } : task;
    }),
  };
}

/** The current code before its first task; one that goes on with the list keeps what it began on. */
async function bringCurrent({ session, fleet, plan, places }: Scene, worker: Worker): Promise<Worker> {
  if (plan.code === null || places.has(worker.instance)) return worker;
  await pushCurrent(session, fleet, plan.code, worker);
  const facts = await fleet.reader.inspect(worker.instance, session.interrupt.first);
  return facts === null ? worker : { ...worker, facts };
}

async function notePlace({ session, fleet, places }: Scene, { instance, facts }: Worker): Promise<void> {
  if (places.has(instance)) return;
  const base = facts.lastPush?.base ?? null;
  const options = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
  const branch = base === null ? null : await fleet.code.branchOf({ instance, guestPath: guestPathOf(fleet) }, options);
  places.set(instance, { instance, base, branch });
}

const guestPathOf = (fleet: Fleet): string => String(fleet.loaded.spec.values["repo.path"]);

async function runTask(scene: Scene, worker: Worker, task: Task): Promise<TaskOutcome> {
  const { session, fleet, stored, plan } = scene;
  const { slot, instance } = worker;
  const target = { run: stored.run, slot, instance, task: task.id };
  const say = (state: string, text: string) => session.emit({ type: "run.worker", slot, task: task.id, state, text });
  try {
    const request = startRequestOf(
      fleet,
      worker,
      {
        run: stored.run,
        task: task.id,
        request: stored.request,
        plan,
        program: programFor(plan, stored.request, task, slot),
      },
      {
        LIMAFORM_TASK: task.id,
        LIMAFORM_SLOT: String(slot),
        LIMAFORM_PROMPT: task.prompt,
        LIMAFORM_FILES: task.files.join("\n"),
      },
    );
    const call = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
    const known = (await fleet.runs.ofRun(target.run)).find((record) => record.task === task.id);
    const there = known === undefined ? false : await fleet.runs.isThere(target, call);
    if (there === null) return { kind: "open", text: `${instance} does not answer` };
    if (!there && (await isTaskCancelled(fleet.store, target))) {
      return { kind: "ended", state: "cancelled", text: "cancelled before it began" };
    }
    if (!there) say("preparing", task.prompt);
    const record = there && known !== undefined ? known : await fleet.runs.start(request, call);
    // What ended and is here already is not taken anew: the worker may have gone on with something else since.
    if (isEnded(record.state) && (await fleet.isCollected(record))) {
      return { kind: "ended", state: endOf(record.state), text: record.text };
    }
    say("working", task.prompt);
    const part = await followPart(session, fleet, record, { timeoutMs: request.timeoutMs, isNew: !there });
    if (!isOver(part)) return { kind: "open", text: part.state };
    if (part.error !== null) return { kind: "open", text: part.error.message };
    return {
      kind: "ended",
      state: endOf(part.state),
      text: part.exitCode === null ? part.state : `exit code ${part.exitCode}`,
    };
  } catch (error) {
    if (!(error instanceof LimaformError)) throw error;
    say(error instanceof GuestError ? "unreachable" : "failed", error.message);
    if (error.code === "RUN_START_FAILED" || error.code === "RUN_COMMAND_INVALID") {
      return { kind: "refused", text: error.message };
    }
    // No worker can take it: it is the task that is at fault.
    if (error.code === "RUN_PROMPT_INVALID") return { kind: "ended", state: "failed", text: error.message };
    return { kind: "open", text: error.message };
  }
}

function endOf(state: WorkerRun["state"]): TaskEnd {
  return state === "done" || state === "cancelled" || state === "lost" ? state : "failed";
}

type Asked = Pick<RunRequest, "agent" | "argv" | "prompt" | "isTemplate">;
type Told = Pick<Task, "id" | "prompt" | "files">;

/** Refuses a list with a task that no worker could start, before any of them is begun. Errors: RUN_PROMPT_INVALID. */
export function checkTasks(plan: Pick<RunPlan, "programOf">, request: Asked, tasks: readonly Told[]): void {
  for (const task of tasks) {
    try {
      programFor(plan, request, task, 1);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      throw new RunError(error.code, `task ${task.id}: ${error.message}`, { hint: error.hint, cause: error });
    }
  }
}

function programFor(plan: Pick<RunPlan, "programOf">, request: Asked, task: Told, slot: number): RunProgram {
  if (request.agent === null) return plan.programOf({ ...request, argv: argvOf(request, task) });
  const builtIns = { slot: String(slot), task: task.id, prompt: task.prompt };
  const prompt = request.isTemplate === true ? fillBuiltIns(request.prompt, builtIns) : task.prompt;
  return plan.programOf({ ...request, prompt: promptWithFiles(prompt, task.files) });
}

/** `{prompt}` and `{task}` stand for the task's; what a prompt holds is not looked through again. */
export function argvOf(request: Pick<RunRequest, "argv">, task: Pick<Task, "id" | "prompt">): readonly string[] {
  return request.argv.map((word) =>
    word.replaceAll(/\{(prompt|task)\}/gu, (_, name: string) => (name === "task" ? task.id : task.prompt)),
  );
}

async function documentOf({ session, fleet, stored }: Scene, list: TaskList): Promise<RunDocument> {
  const { run } = stored;
  const records = await fleet.runs.ofRun(run);
  const workers = await taskParts(session, fleet, list, records);
  const isDone = workers.every(({ state, passed }) => state === "done" && passed !== false);
  const verdict = session.interrupt.raised() !== null ? "interrupted" : isDone ? "done" : "failed";
  return { format: "limaform.run", version: 1, run, verdict, workers };
}
