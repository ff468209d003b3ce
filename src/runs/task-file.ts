import type { Json } from "../util/json.js";
import { isTaskId } from "../util/run-part.js";
import type { Task } from "./task-list.js";

export type TaskInput = Pick<Task, "id" | "prompt" | "files">;

export interface TaskProblem {
  /** Line of the file, or number of the task. */
  readonly place: string;
  readonly text: string;
}

/** Tasks, or all that is wrong with the file. */
export type ReadTasks =
  | { readonly ok: true; readonly tasks: readonly TaskInput[] }
  | { readonly ok: false; readonly problems: readonly TaskProblem[] };

const MAX_TASKS = 5_000;

/** One prompt a line; empty lines and those that begin with `#` are passed over. The tasks are t1, t2, … */
export function readTaskLines(text: string): ReadTasks {
  const lines = text.split(/\r?\n/u).map((line) => line.trim());
  const prompts = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return checked(prompts.map((prompt, index) => ({ id: `t${index + 1}`, prompt, files: [] })));
}

/** `[[task]]` tables with `prompt`, and if wanted `id` and `files`. */
export function readTaskTables(document: Json): ReadTasks {
  const root = isTable(document) ? document : {};
  const odd = Object.keys(root).filter((key) => key !== "task");
  const tables = root.task;
  const problems: TaskProblem[] = odd.map((key) => ({ place: key, text: "unknown key; tasks are [[task]] tables" }));
  if (!Array.isArray(tables)) {
    return { ok: false, problems: [...problems, { place: "file", text: "no [[task]] table is in it" }] };
  }
  const tasks = tables.flatMap((table, index) => {
    const place = `task ${index + 1}`;
    const found = readTable(table, index);
    if (typeof found === "string") problems.push({ place, text: found });
    return typeof found === "string" ? [] : [found];
  });
  if (problems.length > 0) return { ok: false, problems };
  return checked(tasks);
}

function readTable(table: Json, index: number): TaskInput | string {
  if (!isTable(table)) return "expected a table";
  const odd = Object.keys(table).find((key) => key !== "id" && key !== "prompt" && key !== "files");
  if (odd !== undefined) return `unknown key ${odd}: a task has id, prompt and files`;
  const { id = `t${index + 1}`, prompt, files = [] } = table;
  if (typeof prompt !== "string" || prompt.trim() === "") return "prompt: expected a text that is not empty";
  if (typeof id !== "string" || !isTaskId(id)) {
    return `id: expected lower-case letters, digits, - and _, at most 40, found ${JSON.stringify(id)}`;
  }
  if (!Array.isArray(files) || !files.every(isInnerPath)) {
    return "files: expected a list of paths inside the repository";
  }
  return { id, prompt, files: files as readonly string[] };
}

/** A path from the top of the repository that does not leave it. */
function isInnerPath(path: Json): boolean {
  if (typeof path !== "string" || path === "" || path.startsWith("/") || path.includes("\0")) return false;
  return !path.split(/[\\/]/u).some((part) => part === ".." || part === ".git");
}

function checked(tasks: readonly TaskInput[]): ReadTasks {
  const seen = new Set<string>();
  const problems = tasks.flatMap(({ id, prompt }): readonly TaskProblem[] => {
    const isTwice = seen.has(id);
    seen.add(id);
    if (isTwice) return [{ place: id, text: "two tasks have this id" }];
    return prompt.includes("\0") ? [{ place: id, text: "the prompt holds a NUL character" }] : [];
  });
  if (tasks.length === 0) problems.push({ place: "file", text: "there is no task in it" });
  if (tasks.length > MAX_TASKS) problems.push({ place: "file", text: `more than ${MAX_TASKS} tasks` });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, tasks };
}

function isTable(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
