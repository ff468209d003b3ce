/* Records of runs in the state folder, `runs/RUN/SLOT/run.json`. */
import { StoreError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import type { RunRecord } from "../../ports/runs.js";
import { checkRunId, isRunId } from "../../runs/run-id.js";
import { RUN_STATES } from "../../runs/state.js";
import { compareText } from "../../util/compare.js";
import type { Json, JsonObject } from "../../util/json.js";
import { validate } from "../../util/validator.js";

const FORMAT = "limaform.run-record";
const VERSION = 1;

export interface RunRecords {
  read(run: string, slot: number): Promise<RunRecord | null>;
  write(record: RunRecord): Promise<void>;
  list(): Promise<readonly RunRecord[]>;
  /** Folder of the output, absolute; made. */
  folder(run: string, slot: number): Promise<string>;
}

export function createRunRecords(store: Store): RunRecords {
  const place = (run: string, slot: number): string => `runs/${checkRunId(run)}/${Math.trunc(slot)}`;
  const read = async (run: string, slot: number): Promise<RunRecord | null> => {
    const path = `${place(run, slot)}/run.json`;
    const value = await store.readJson(path);
    return value === null ? null : decode(value, path);
  };
  return {
    read,
    write: (record) =>
      store.writeJson(`${place(record.run, record.slot)}/run.json`, { format: FORMAT, version: VERSION, ...record }),
    async list() {
      const found: RunRecord[] = [];
      for (const run of [...(await store.list("runs"))].filter(isRunId).sort(compareText).reverse()) {
        const slots = (await store.list(`runs/${run}`)).filter((name) => /^\d{1,4}$/u.test(name)).map(Number);
        for (const slot of slots.sort((left, right) => left - right)) {
          const record = await read(run, slot);
          if (record !== null) found.push(record);
        }
      }
      return found;
    },
    folder: (run, slot) => store.folder(place(run, slot)),
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
