import {
  cancelQueued,
  endTask,
  give,
  givenTo,
  nextTask,
  type Task,
  type TaskEnd,
  type TaskList,
  takeBack,
} from "./task-list.js";

/** A worker that takes tasks, one after another. */
export interface TaskWorker {
  readonly slot: number;
  readonly instance: string;
  readonly readyAt: string;
}

/** What became of a task on a worker. */
export type TaskOutcome =
  /** Over, and its work is on this host. */
  | { readonly kind: "ended"; readonly state: TaskEnd; readonly text: string }
  /** Proved: nothing of it was started. */
  | { readonly kind: "refused"; readonly text: string }
  /** It may still be at work, or its work is still there: the worker can take no other. */
  | { readonly kind: "open"; readonly text: string };

/** What walking needs of the world. Nothing of it decides. */
export interface TaskHands<Worker extends TaskWorker> {
  /** Durable when it resolves. */
  save(list: TaskList): Promise<void>;
  /** Starts, follows and collects. The same task on the same worker never starts twice, however often this is called. */
  run(worker: Worker, task: Task): Promise<TaskOutcome>;
  /** Takes the worker back to the base of the run; false: it can take no task any more. */
  reset(worker: Worker): Promise<boolean>;
  /** True: no further task is begun; those under way are left to others. */
  isStopped(): boolean;
  /** Those that wait and are given up: all, or some by their ids. */
  cancelled(): Promise<"all" | ReadonlySet<string>>;
}

/** A worker that could start nothing twice in a row is at fault itself. */
const MAX_REFUSALS = 2;

/**
 * Spreads the tasks over the workers: each worker first ends what it was given before, then takes the next one that
 * nobody has, and is taken back to the base in between. Going on after a crash is the same call with the list as it was
 * saved.
 *
 * Shape: a task ends once; no two workers have it at a time; it is never given to a second worker unless the first proved
 * that nothing was started. Returns the list as it was last saved.
 */
export async function walkTasks<Worker extends TaskWorker>(
  from: TaskList,
  workers: readonly Worker[],
  hands: TaskHands<Worker>,
): Promise<TaskList> {
  let list = from;
  let writing: Promise<void> = Promise.resolve();
  // One write after another, each of the newest state: an older one must not come last.
  const save = (next: TaskList): Promise<void> => {
    list = next;
    writing = writing.then(() => hands.save(list));
    return writing;
  };
  const ends = await Promise.allSettled(workers.map((worker) => walkOn(worker)));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return list;

  async function walkOn(worker: Worker): Promise<void> {
    let refusals = 0;
    let isClean = false;
    while (!hands.isStopped()) {
      const own = givenTo(list, worker.instance)[0];
      if (own === undefined) await giveUp();
      if (own === undefined && nextTask(list) === null && isClean) return;
      if (own === undefined && !isClean) {
        isClean = await hands.reset(worker);
        if (!isClean) return;
      }
      const task = own ?? nextTask(list);
      if (task === null) return;
      if (own === undefined) await save(give(list, task.id, toGiven(worker)));
      isClean = false;
      const outcome = await takeOne(worker, task);
      if (outcome === "open") return;
      refusals = outcome === "refused" ? refusals + 1 : 0;
      if (refusals >= MAX_REFUSALS) return;
    }
  }

  async function giveUp(): Promise<void> {
    const cancelled = await hands.cancelled();
    const next = cancelQueued(list, cancelled);
    if (next.tasks.some((task, index) => task !== list.tasks[index])) await save(next);
  }

  async function takeOne(worker: Worker, task: Task): Promise<TaskOutcome["kind"]> {
    if (task.given !== null && task.given.readyAt !== worker.readyAt) {
      await save(endTask(list, task.id, "lost", `${worker.instance} was made anew while it had the task`));
      return "ended";
    }
    const outcome = await hands.run(worker, task);
    if (outcome.kind === "refused") await save(takeBack(list, task.id, outcome.text));
    if (outcome.kind === "ended") await save(endTask(list, task.id, outcome.state, outcome.text));
    return outcome.kind;
  }
}

const toGiven = ({ slot, instance, readyAt }: TaskWorker) => ({ slot, instance, readyAt });
