import type { RunRecord } from "../ports/runs.js";
import type { Task, TaskList } from "../runs/task-list.js";
import type { Fleet } from "./fleet.js";
import { elapsedOf, type WorkerRun } from "./run-part.js";
import { blankWorker, toRunWorker } from "./run-worker.js";
import type { AppSession } from "./session.js";

/** Every task as it stands: those that were begun from their records, the others as the list has them. */
export async function taskParts(
  session: Pick<AppSession, "clock">,
  fleet: Pick<Fleet, "results">,
  { run, tasks }: Pick<TaskList, "run" | "tasks">,
  records: readonly RunRecord[],
): Promise<readonly WorkerRun[]> {
  const results = await fleet.results.list();
  return tasks.map((task): WorkerRun => {
    const record = records.find((one) => one.task === task.id);
    if (record === undefined || task.status === "queued") return neverBegun(task);
    const result = results.find(({ id }) => id === `${run}/${task.id}`);
    return {
      ...toRunWorker(record, elapsedOf(session, record), result ?? null),
      state: task.end?.state ?? record.state,
    };
  });
}

/** How many tasks without a record there are in each state. */
export function countNeverBegun(list: TaskList, records: readonly RunRecord[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const task of list.tasks) {
    if (records.some((record) => record.task === task.id)) continue;
    const { state } = neverBegun(task);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

/** A task is given before anything of it starts, and a start is noted before it is made: no record, nothing started. */
function neverBegun({ id, given, end }: Task): WorkerRun {
  const { slot, instance } = given ?? { slot: 0, instance: "" };
  return blankWorker({ slot, task: id, instance, state: end?.state ?? "queued", text: end?.text ?? "" });
}
