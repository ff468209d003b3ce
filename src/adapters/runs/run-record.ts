/* Records of runs in the state folder, `runs/RUN/SLOT/run.json`. */
import { StoreError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import type { RunRecord } from "../../ports/runs.js";
import { checkRunId, isRunId } from "../../runs/run-id.js";
import { compareText } from "../../util/compare.js";
import type { Json } from "../../util/json.js";

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

function decode(value: Json, path: string): RunRecord {
  const fields = value as { readonly [key: string]: Json };
  if (typeof value !== "object" || value === null || fields.format !== FORMAT || fields.version !== VERSION) {
    throw new StoreError("STORE_DAMAGED", `${path} in the state folder is no record of a run that this version reads`, {
      hint: "It was written by another version of limaform, or changed: limaform version",
      details: { path },
    });
  }
  const { format: _format, version: _version, ...record } = fields;
  return record as unknown as RunRecord;
}
