/* Records of runs in the state folder, `runs/RUN/SLOT/run.json`. */
import { StoreError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import type { DamagedRun, RunRecord, RunSurvey } from "../../ports/runs.js";
import { checkRunId, isRunId } from "../../runs/run-id.js";
import { FAILURES, RUN_STATES } from "../../runs/state.js";
import { compareText } from "../../util/compare.js";
import type { Json, JsonObject } from "../../util/json.js";
import { comparePartNames, isTaskId, partName, type RunPart } from "../../util/run-part.js";
import { quoteWord } from "../../util/shell-quote.js";
import { validate } from "../../util/validator.js";

const FORMAT = "limaform.run-record";
const VERSION = 2;

export interface RunRecords {
  read(part: RunPart): Promise<RunRecord | null>;
  write(record: RunRecord): Promise<void>;
  /** All, or those of one run: newest run first, and which cannot be read. */
  survey(only?: string): Promise<RunSurvey>;
  /** Folder of the output, absolute; made. */
  folder(part: RunPart): Promise<string>;
}

export function createRunRecords(store: Store): RunRecords {
  const place = (part: RunPart): string => `runs/${checkRunId(part.run)}/${partName(part)}`;
  const readAt = async (folder: string): Promise<RunRecord | null> => {
    const file = `${folder}/run.json`;
    const value = await store.readJson(file).catch((error: unknown) => {
      throw error instanceof StoreError && error.code === "STORE_DAMAGED" ? damaged(store, file, error) : error;
    });
    if (value === null) return null;
    const record = decode(value);
    if (record === null) throw damaged(store, file);
    return record;
  };
  return {
    read: (part) => readAt(place(part)),
    write: (record) =>
      store.writeJson(`${place(record)}/run.json`, {
        format: FORMAT,
        version: VERSION,
        ...record,
        tokens: record.tokens === null ? null : { ...record.tokens },
      }),
    async survey(only) {
      const found: RunRecord[] = [];
      const broken: DamagedRun[] = [];
      const runs = only === undefined ? [...(await store.list("runs"))].filter(isRunId) : [only];
      for (const run of runs.sort(compareText).reverse()) {
        const names = (await store.list(`runs/${run}`)).filter((name) => isTaskId(name) || /^\d{1,4}$/u.test(name));
        for (const name of names.sort(comparePartNames)) {
          try {
            const record = await readAt(`runs/${run}/${name}`);
            if (record !== null) found.push(record);
          } catch (error) {
            if (!(error instanceof StoreError) || error.code !== "STORE_DAMAGED") throw error;
            broken.push({ run, name, path: `${store.root}/runs/${run}/${name}/run.json`, error });
          }
        }
      }
      return { records: found, damaged: broken };
    },
    folder: (part) => store.folder(place(part)),
  };
}

const TEXT = { type: "string" } as const;
const TEXT_OR_NULL = { type: "string", nullable: true } as const;
const COUNT = { type: "number", minimum: 0 } as const;
const NUMBER_OR_NULL = { type: "number", nullable: true } as const;
const TOKENS = {
  type: "object",
  nullable: true,
  required: ["input", "output", "cached"],
  properties: { input: COUNT, output: COUNT, cached: COUNT },
} as const;
const PROPERTIES = {
  ...{ run: TEXT, slot: { type: "integer", minimum: 0 }, instance: TEXT, argv: { type: "array", items: TEXT } },
  ...{ agent: TEXT_OR_NULL, label: TEXT_OR_NULL, base: TEXT_OR_NULL, stuckAfterMs: COUNT, output: TEXT },
  ...{ state: { enum: RUN_STATES }, failure: { enum: [...FAILURES, null] }, exitCode: NUMBER_OR_NULL, text: TEXT },
  ...{ since: TEXT_OR_NULL, until: TEXT_OR_NULL, isPassed: { type: "boolean", nullable: true } },
  ...{ checkExitCode: NUMBER_OR_NULL, warnings: { type: "array", items: TEXT }, conversation: TEXT_OR_NULL },
  ...{ model: TEXT_OR_NULL, tokens: TOKENS, costUsd: NUMBER_OR_NULL, toolCalls: COUNT, lastAction: TEXT },
  ...{ resultText: TEXT_OR_NULL, startedAt: TEXT, updatedAt: TEXT, endedAt: TEXT_OR_NULL },
} as const;
export const RUN_RECORD_SCHEMA = {
  type: "object",
  required: Object.keys(PROPERTIES),
  properties: { ...PROPERTIES, task: TEXT },
} as const;

/** null: of no form that this version reads. */
function decode(value: Json): RunRecord | null {
  const { format, version, ...found } = isObject(value) ? value : {};
  const record = version === 1 ? ofVersion1(found) : found;
  const checked = validate<RunRecord>(RUN_RECORD_SCHEMA, record);
  return format === FORMAT && (version === VERSION || version === 1) && checked.ok ? checked.value : null;
}

/** Which work was collected is not guessed: the way out is a person's. */
function damaged(store: Pick<Store, "root">, path: string, cause?: StoreError): StoreError {
  const file = `${store.root}/${path}`;
  return new StoreError("STORE_DAMAGED", `${file} is no record of a run that this version reads`, {
    hint: `It was written by another version of limaform, or changed by something else. To go on without that run (look first for work of it in the worker): rm ${quoteWord(file)}`,
    details: { path: file },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Before there were agents: commands alone, and a time limit was a state of its own. */
function ofVersion1(record: JsonObject): JsonObject {
  const isTimeout = record.state === "timed_out";
  return {
    ...{ agent: null, label: null, stuckAfterMs: 600_000, since: null, until: null, checkExitCode: null, warnings: [] },
    ...{ conversation: null, model: null, tokens: null, costUsd: null, toolCalls: 0, lastAction: "", resultText: null },
    ...record,
    ...{ failure: isTimeout ? "timeout" : record.state === "failed" ? "agent_error" : null },
    ...{ state: isTimeout ? "failed" : (record.state ?? null), isPassed: record.state === "done" ? true : null },
  };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
