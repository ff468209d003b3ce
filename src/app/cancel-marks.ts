import type { Store } from "../ports/host.js";
import { checkRunId } from "../runs/run-id.js";
import { cancelQueued } from "../runs/task-list.js";
import { readTaskList, type StoredTaskList } from "./task-list.js";

/* Marks for the limaform that has a list, beside it: `runs/RUN/cancelled.mark`, and `cancelled.tasks/TASK` for one task. */

const markOf = (run: string): string => `runs/${checkRunId(run)}/cancelled.mark`;
const folderOf = (run: string): string => `runs/${checkRunId(run)}/cancelled.tasks`;

export const markCancelled = (store: Store, run: string, at: string): Promise<void> =>
  store.writeText(markOf(run), `${at}\n`);

/** `task`: an id that the list knows. */
export const markTaskCancelled = (store: Store, run: string, task: string, at: string): Promise<void> =>
  store.writeText(`${folderOf(run)}/${task}`, `${at}\n`);

/** Which tasks are given up. */
export async function cancelledTasks(store: Store, run: string): Promise<"all" | ReadonlySet<string>> {
  if ((await store.readText(markOf(run))) !== null) return "all";
  return new Set(await store.list(folderOf(run)));
}

export async function isTaskCancelled(
  store: Store,
  { run, task }: { readonly run: string; readonly task: string },
): Promise<boolean> {
  const cancelled = await cancelledTasks(store, run);
  return cancelled === "all" || cancelled.has(task);
}

/** The list as it is with its marks, which whoever has it may not have seen yet. Errors: STORE_DAMAGED. */
export async function readMarkedList(store: Store, run: string): Promise<StoredTaskList | null> {
  const list = await readTaskList(store, run);
  return list === null ? null : { ...list, ...cancelQueued(list, await cancelledTasks(store, run)) };
}
