/* Records of runs in the state folder, `runs/RUN/SLOT/run.json`. */
import { StoreError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import type { RunRecord } from "../../ports/runs.js";
import { checkRunId, isRunId } from "../../runs/run-id.js";
import { RUN_STATES } from "../../runs/state.js";
import { compareText } from "../../util/compare.js";
import type { Json, JsonObject } from "../../util/json.js";
import { comparePartNames, isTaskId, partName, type RunPart } from "../../util/run-part.js";
import { validate } from "../../util/validator.js";

const FORMAT = "limaform.run-record";
const VERSION = 1;

export interface RunRecords {
  read(part: RunPart): Promise<RunRecord | null>;
  write(record: RunRecord): Promise<void>;
  list(): Promise<readonly RunRecord[]>;
  /** Folder of the output, absolute; made. */
  folder(part: RunPart): Promise<string>;
}

export function createRunRecords(store: Store): RunRecords {
  const place = (part: RunPart): string => `runs/${checkRunId(part.run)}/${partName(part)}`;
  const readAt = async (folder: string): Promise<RunRecord | null> => {
    const value = await store.readJson(`${folder}/run.json`);
    return value === null ? null : decode(value, `${folder}/run.json`);
  };
  return {
    read: (part) => readAt(place(part)),
    write: (record) => store.writeJson(`${place(record)}/run.json`, { format: FORMAT, version: VERSION, ...record }),
    async list() {
      const found: RunRecord[] = [];
      for (const run of [...(await store.list("runs"))].filter(isRunId).sort(compareText).reverse()) {
        const names = (await store.list(`runs/${run}`)).filter((name) => isTaskId(name) || /^\d{1,4}$/u.test(name));
        for (const name of names.sort(comparePartNames)) {
          const record = await readAt(`runs/${run}/${name}`);
          if (record !== null) found.push(record);
        }
      }
      return found;
    },
    folder: (part) => store.folder(place(part)),
  };
}

const TEXT = { type: "string" } as const;
const TEXT_OR_NULL = { type: "string", nullable: true } as const;
export const RUN_RECORD_SCHEMA = {
  type: "object",
  required: [
    ...["run", "slot", "instance", "argv", "base", "state", "exitCode", "text", "startedAt", "updatedAt", "endedAt"],
    "output",
  ],
  properties: {
    ...{ run: TEXT, slot: { type: "integer", minimum: 0 }, instance: TEXT, argv: { type: "array", items: TEXT } },
    task: TEXT,
    ...{ base: TEXT_OR_NULL, state: { enum: RUN_STATES }, exitCode: { type: "integer", nullable: true }, text: TEXT },
    ...{ startedAt: TEXT, updatedAt: TEXT, endedAt: TEXT_OR_NULL, output: TEXT },
  },
} as const;

function decode(value: Json, path: string): RunRecord {
  const { format, version, ...record } = isObject(value) ? value : {};
  const checked = validate<RunRecord>(RUN_RECORD_SCHEMA, record);
  if (format === FORMAT && version === VERSION && checked.ok) return checked.value;
  throw new StoreError("STORE_DAMAGED", `${path} in the state folder is no record of a run that this version reads`, {
    hint: "It was written by another version of limaform, or changed: limaform version",
    details: { path },
  });
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
