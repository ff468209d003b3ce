import { StoreError } from "../errors/errors.js";
import type { Store } from "../ports/host.js";
import { checkRunId } from "../runs/run-id.js";
import type { TaskList } from "../runs/task-list.js";
import type { Json } from "../util/json.js";
import { quoteWord } from "../util/shell-quote.js";
import { validate } from "../util/validator.js";
import type { RunRequest } from "./app.js";

export { isOpen } from "../runs/task-list.js";

const FORMAT = "limaform.task-list";
const VERSION = 1;

/** The list and how its tasks are run: all that another process needs to go on with it. */
export interface StoredTaskList extends TaskList {
  /** As it was asked for; going on has no other say. */
  readonly request: RunRequest;
}

const TEXT = { type: "string" } as const;
const NULLABLE = { ...TEXT, nullable: true } as const;
export const TASK_LIST_SCHEMA = {
  type: "object",
  required: ["run", "tasks", "places", "request"],
  properties: {
    run: TEXT,
    tasks: {
      type: "array",
      items: {
        type: "object",
        required: ["id", "prompt", "files", "status", "given", "refusals", "end"],
        properties: {
          ...{
            id: TEXT,
            prompt: TEXT,
            files: { type: "array", items: TEXT },
            refusals: { type: "integer", minimum: 0 },
          },
          status: { enum: ["queued", "given", "ended"] },
          given: { type: "object", nullable: true, required: ["slot", "instance", "readyAt"] },
          end: { type: "object", nullable: true, required: ["state", "text"] },
        },
      },
    },
    places: {
      type: "array",
      items: {
        type: "object",
        required: ["instance", "base", "branch"],
        properties: { instance: TEXT, base: NULLABLE, branch: NULLABLE },
      },
    },
    request: { type: "object" },
  },
} as const;

/** Who gives the tasks of a list out holds this. */
export const tasksLease = (run: string): string => `${run}.tasks`;

const fileOf = (run: string): string => `runs/${checkRunId(run)}/tasks.json`;

/** Absolute. */
export const taskListPath = ({ root }: Pick<Store, "root">, run: string): string => `${root}/${fileOf(run)}`;

export async function writeTaskList(store: Store, list: StoredTaskList): Promise<void> {
  await store.writeJson(fileOf(list.run), { format: FORMAT, version: VERSION, ...JSON.parse(JSON.stringify(list)) });
}

/** null: a run without tasks. Errors: STORE_DAMAGED. */
export async function readTaskList(store: Store, run: string): Promise<StoredTaskList | null> {
  const value = await store.readJson(fileOf(run)).catch((error: unknown) => {
    throw error instanceof StoreError && error.code === "STORE_DAMAGED" ? damagedList(store, run, error) : error;
  });
  if (value === null) return null;
  const { format, version, ...list } = isTable(value) ? value : {};
  const checked = validate<StoredTaskList>(TASK_LIST_SCHEMA, list);
  if (format === FORMAT && version === VERSION && checked.ok) return checked.value;
  throw damagedList(store, run);
}

function damagedList(store: Pick<Store, "root">, run: string, cause?: StoreError): StoreError {
  const path = taskListPath(store, run);
  return new StoreError("STORE_DAMAGED", `${path} is no task list that this version reads`, {
    hint: `It was written by another version of limaform, or changed by something else. What its tasks made is a result each: limaform results list; to go on without the list: rm ${quoteWord(path)}`,
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}

function isTable(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
