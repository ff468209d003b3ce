import { LockBusyError } from "../errors/errors.js";
import { checkRunId } from "../runs/run-id.js";
import type { Task } from "../runs/task-list.js";
import type { RunDocument } from "./app.js";
import { markTaskCancelled, readMarkedList } from "./cancel-marks.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import { isOver } from "./run-part.js";
import type { AppSession } from "./session.js";
import { taskParts } from "./task-documents.js";
import { type StoredTaskList, tasksLease, writeTaskList } from "./task-list.js";

/** A task that was named and of which nothing was begun, with its list. */
export interface WaitingTask {
  readonly list: StoredTaskList;
  readonly task: Task;
}

/** null: `RUN/TASK` names none, or it was begun. Errors: RUN_ID_INVALID, STORE_DAMAGED. */
export async function findWaiting(fleet: Fleet, id: string): Promise<WaitingTask | null> {
  const [run = "", name] = id.split("/");
  checkRunId(run);
  const list = name === undefined ? null : await readMarkedList(fleet.store, run);
  const task = list?.tasks.find((one) => one.id === name);
  if (list === null || task === undefined) return null;
  const isBegun = (await fleet.runs.ofRun(run)).some((record) => record.task === name);
  return isBegun ? null : { list, task };
}

export async function showWaiting(
  session: AppSession,
  fleet: Fleet,
  { list, task }: WaitingTask,
): Promise<RunDocument> {
  const workers = await taskParts(session, fleet, { run: list.run, tasks: [task] }, []);
  const verdict = workers.every(isOver) ? "failed" : "detached";
  return { format: "limaform.run", version: 1, run: list.run, verdict, workers };
}

/**
 * The task is never begun. Where another limaform has the list, the mark tells it: it looks before it gives a task out, and
 * again before it starts one.
 */
export async function cancelWaiting(session: AppSession, fleet: Fleet, waiting: WaitingTask): Promise<RunDocument> {
  const { run } = waiting.list;
  const { id } = waiting.task;
  await markTaskCancelled(fleet.store, run, id, session.clock.now());
  try {
    const lease = await leaseWorker(session, fleet, tasksLease(run), 0);
    try {
      await writeTaskList(fleet.store, (await readMarkedList(fleet.store, run)) ?? waiting.list);
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!(error instanceof LockBusyError)) throw error;
  }
  const list = (await readMarkedList(fleet.store, run)) ?? waiting.list;
  return showWaiting(session, fleet, { list, task: list.tasks.find((task) => task.id === id) ?? waiting.task });
}
