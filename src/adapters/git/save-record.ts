/* The record of a save in the state folder, `saves/N.json`. */
import { ReviewError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import type { SaveSummary } from "../../ports/saves.js";
import type { Json, JsonObject } from "../../util/json.js";
import { quoteText } from "../../util/quote.js";
import { validate } from "../../util/validator.js";

const FORMAT = "limaform.save-record";
const VERSION = 1;

export interface SaveRecord extends SaveSummary {
  readonly number: number;
  /** What it is: equal for the same work of the same worker, so that a repeated save is the same save. */
  readonly key: string;
  /** Objects that the refs name, in their order (a tag's own id where it is one). */
  readonly objects: readonly string[];
  /** Commits that the work stands on; they are in `saved.git` too. */
  readonly bases: readonly string[];
  /** Set once the user threw it away; the number is not used again. */
  readonly discardedAt: string | null;
}

export interface SaveRecords {
  /** All, discarded ones too; the newest first. */
  all(): Promise<readonly SaveRecord[]>;
  /** Errors: REVIEW_NOT_FOUND. */
  find(id: string): Promise<SaveRecord>;
  write(record: SaveRecord): Promise<void>;
}

export const isSaveId = (id: string): boolean => /^save\/[1-9]\d{0,8}$/u.test(id);

export function createSaveRecords(store: Store): SaveRecords {
  const read = async (number: number): Promise<SaveRecord | null> => {
    const value = await store.readJson(`saves/${number}.json`);
    return value === null ? null : decode(value, number);
  };
  return {
    async all() {
      const numbers = (await store.list("saves")).flatMap((name) => {
        const number = /^(\d{1,9})\.json$/u.exec(name)?.[1];
        return number === undefined ? [] : [Number(number)];
      });
      const records = await Promise.all(numbers.sort((left, right) => right - left).map(read));
      return records.filter((record) => record !== null);
    },
    async find(id) {
      const found = isSaveId(id) ? await read(Number(id.slice("save/".length))) : null;
      if (found !== null) return found;
      throw new ReviewError("REVIEW_NOT_FOUND", `there is no save ${quoteText(id)}`, {
        hint: "look up its id (save/N): limaform results list",
      });
    },
    write: (record) => {
      const value: JsonObject = { format: FORMAT, version: VERSION, ...JSON.parse(JSON.stringify(record)) };
      return store.writeJson(`saves/${record.number}.json`, value);
    },
  };
}

/** What others see of a record. */
export function summarizeSave(record: SaveRecord): SaveSummary {
  const { number: _number, key: _key, objects: _objects, bases: _bases, discardedAt: _at, ...summary } = record;
  return summary;
}

const TEXT = { type: "string" } as const;
const TEXTS = { type: "array", items: TEXT } as const;
export const SAVE_RECORD_SCHEMA = {
  type: "object",
  required: [
    ...["id", "number", "key", "instance", "address", "savedAt", "why", "items", "refs", "objects", "bases"],
    ...["archive", "accepted", "discardedAt"],
  ],
  properties: {
    ...{ id: TEXT, key: TEXT, instance: TEXT, address: TEXT, savedAt: TEXT, why: TEXT },
    ...{ number: { type: "integer", minimum: 1 }, objects: TEXTS, bases: TEXTS },
    items: { type: "array", items: { type: "object", required: ["kind", "count", "bytes"] } },
    refs: { type: "array", items: { type: "object", required: ["name", "ref", "commit"] } },
    archive: { type: "object", nullable: true, required: ["file", "bytes", "why"] },
    accepted: { type: "object", nullable: true, required: ["branch", "commit", "at"] },
    discardedAt: { ...TEXT, nullable: true },
  },
} as const;

function decode(value: Json, number: number): SaveRecord {
  const isFields = typeof value === "object" && value !== null && !Array.isArray(value);
  const { format, version, ...record } = isFields ? (value as JsonObject) : {};
  if (format === FORMAT && version !== VERSION) {
    throw new ReviewError("REVIEW_RECORD_NEWER", `the record of save/${number} was written by another limaform`, {
      hint: "use that version: limaform version",
    });
  }
  const checked = validate<SaveRecord>(SAVE_RECORD_SCHEMA, record);
  if (format === FORMAT && checked.ok && checked.value.number === number) return checked.value;
  throw new ReviewError("REVIEW_RECORD_DAMAGED", `the record of save/${number} is not one`, {
    hint: `look at it in the state folder: saves/${number}.json; the work itself is in saved.git`,
  });
}
