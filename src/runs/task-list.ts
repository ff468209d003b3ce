/**
 * A list of tasks that is spread over workers, as it is kept on the host (`runs/RUN/tasks.json`). Each change is written
 * before what it announces is done, so that whoever reads it after a crash knows which worker may have which task.
 *
 * Shape: a task is `queued`, or `given` to one worker, or `ended`; it is given anew only where its worker proved that
 * nothing of it was started.
 */
export interface TaskList {
  readonly run: string;
  readonly tasks: readonly Task[];
  /** Where each worker stood when it took its first task. */
  readonly places: readonly TaskPlace[];
}

export interface Task {
  readonly id: string;
  readonly prompt: string;
  /** Paths in the repository that it is about. */
  readonly files: readonly string[];
  readonly status: "queued" | "given" | "ended";
  readonly given: GivenTo | null;
  /** How often a worker proved that it could not be started there. */
  readonly refusals: number;
  /** Only of an ended one. */
  readonly end: { readonly state: TaskEnd; readonly text: string } | null;
}

export type TaskEnd = "done" | "failed" | "cancelled" | "lost";

export interface GivenTo {
  readonly slot: number;
  readonly instance: string;
  /** When that instance was first ready: another one of the same name is another worker. */
  readonly readyAt: string;
}

export interface TaskPlace {
  readonly instance: string;
  /** Commit that each of its tasks begins on; null outside a repository. */
  readonly base: string | null;
  readonly branch: string | null;
}

/** A task that two workers could not start is at fault itself. */
const MAX_REFUSALS = 2;

export function newTaskList(run: string, tasks: readonly Pick<Task, "id" | "prompt" | "files">[]): TaskList {
  return {
    run,
    tasks: tasks.map(({ id, prompt, files }) => {
      return { id, prompt, files, status: "queued", given: null, refusals: 0, end: null } as const;
    }),
    places: [],
  };
}

/** The next one that nobody has, in the list's order; of those that were refused already the last ones. */
export function nextTask(list: TaskList): Task | null {
  const queued = list.tasks.filter(({ status }) => status === "queued");
  return queued.find(({ refusals }) => refusals === 0) ?? queued[0] ?? null;
}

export const isOpen = (list: TaskList): boolean => list.tasks.some(({ status }) => status !== "ended");

/** Given and not known to have ended. */
export const givenTo = (list: TaskList, instance: string): readonly Task[] =>
  list.tasks.filter(({ status, given }) => status === "given" && given?.instance === instance);

export const give = (list: TaskList, id: string, given: GivenTo): TaskList =>
  change(list, id, (task) => ({ ...task, status: "given", given }));

/** Its worker proved that nothing of it was started. */
export const takeBack = (list: TaskList, id: string, text: string): TaskList =>
  change(list, id, (task) => {
    const refusals = task.refusals + 1;
    if (refusals >= MAX_REFUSALS) return { ...task, refusals, status: "ended", end: { state: "failed", text } };
    return { ...task, refusals, status: "queued", given: null };
  });

export const endTask = (list: TaskList, id: string, state: TaskEnd, text: string): TaskList =>
  change(list, id, (task) => ({ ...task, status: "ended", end: { state, text } }));

/** Tasks that nobody has yet never will be begun: all of them, or those that are named. */
export const cancelQueued = (list: TaskList, only: ReadonlySet<string> | "all"): TaskList => ({
  ...list,
  tasks: list.tasks.map((task) =>
    task.status === "queued" && (only === "all" || only.has(task.id)) ? asCancelled(task) : task,
  ),
});

/** Also those that were given to a worker and not begun there. `isBegun`: whether anything of a task may have started. */
export const cancelNotBegun = (list: TaskList, isBegun: (id: string) => boolean): TaskList => ({
  ...list,
  tasks: list.tasks.map((task) =>
    task.status === "queued" || (task.status === "given" && !isBegun(task.id)) ? asCancelled(task) : task,
  ),
});

const asCancelled = (task: Task): Task => ({
  ...task,
  status: "ended",
  end: { state: "cancelled", text: "cancelled before it began" },
});

function change(list: TaskList, id: string, to: (task: Task) => Task): TaskList {
  return {
    ...list,
    tasks: list.tasks.map((task) => (task.id === id && task.status !== "ended" ? to(task) : task)),
  };
}
