/* The record of a result in the state folder, `results/RUN/SLOT.json`. */
import { ReviewError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import type { ResultChange, ResultDetails, ResultSummary } from "../../ports/results.js";
import { compareText } from "../../util/compare.js";
import type { Json, JsonObject } from "../../util/json.js";
import { quoteText } from "../../util/quote.js";
import { comparePartNames, isTaskId } from "../../util/run-part.js";
import { validate } from "../../util/validator.js";

const FORMAT = "limaform.result-record";
const VERSION = 1;

export interface ResultRecord extends ResultSummary {
  /** Commit of the user's repository that the base is or stands on. */
  readonly parent: string;
  readonly specFiles: readonly string[];
  /** Files mode: the base is a commit of limaform's own that stands for the files that were brought. Absent = false. */
  readonly isFolder?: boolean;
  readonly changes: readonly ResultChange[];
  readonly log: ResultDetails["log"];
  /** Set once the user threw it away; the record stays so that its commits are not taken for lost work. */
  readonly discardedAt: string | null;
}

export interface ResultRecords {
  /** All, discarded ones too; newest run first, then by slot. */
  all(): Promise<readonly ResultRecord[]>;
  /** By `RUN/SLOT`, or by `RUN` where it has one result. Errors: REVIEW_NOT_FOUND. */
  find(id: string): Promise<ResultRecord>;
  read(id: string): Promise<ResultRecord | null>;
  write(record: ResultRecord): Promise<void>;
}

export function createResultRecords(store: Store): ResultRecords {
  const read = async (id: string): Promise<ResultRecord | null> => {
    const [, name = ""] = /^\d{8}-\d{6}-[0-9a-f]{4}\/(.*)$/u.exec(id) ?? [];
    if (!isTaskId(name)) return null;
    const value = await store.readJson(`results/${id}.json`);
    return value === null ? null : decode(value, id);
  };
  const all = async (): Promise<readonly ResultRecord[]> => {
    const found: ResultRecord[] = [];
    for (const run of [...(await store.list("results"))].sort(compareText).reverse()) {
      const files = (await store.list(`results/${run}`)).filter((name) => name.endsWith(".json"));
      const names = files.map((file) => file.slice(0, -".json".length)).sort(comparePartNames);
      for (const name of names) {
        const record = await read(`${run}/${name}`);
        if (record !== null) found.push(record);
      }
    }
    return found;
  };
  return {
    all,
    read,
    async find(id) {
      const records = id.includes("/") ? [await read(id)] : (await all()).filter(({ run }) => run === id);
      const live = records.filter((record) => record !== null);
      const [only] = live;
      if (only !== undefined && live.length === 1) return only;
      const why =
        live.length > 1 ? `the run ${quoteText(id)} has ${live.length} results` : `there is no result ${quoteText(id)}`;
      throw new ReviewError("REVIEW_NOT_FOUND", `No single result was named: ${why}`, {
        hint: "Look up its id (RUN/SLOT): limaform results list",
      });
    },
    write: (record) =>
      store.writeJson(`results/${record.id}.json`, { format: FORMAT, version: VERSION, ...encode(record) }),
  };
}

/** What others see of a record. */
export function summarize(record: ResultRecord): ResultSummary {
  const { parent: _parent, specFiles: _files, isFolder: _folder, changes: _changes, log: _log, ...rest } = record;
  const { discardedAt: _at, ...summary } = rest;
  return summary;
}

/** Interfaces have no index signature; the shape is plain JSON all the same. */
function encode(record: ResultRecord): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(record));
}

const TEXT = { type: "string" } as const;
const COUNT = { type: "integer", minimum: 0 } as const;
export const RESULT_RECORD_SCHEMA = {
  type: "object",
  required: [
    ...["id", "run", "slot", "instance", "collectedAt", "base", "parent", "tip", "commits", "files", "additions"],
    ...["deletions", "flagged", "accepted", "refused", "specFiles", "changes", "log", "discardedAt"],
  ],
  properties: {
    task: TEXT,
    isFolder: { type: "boolean" },
    isPartial: { type: "boolean" },
    ...{ id: TEXT, run: TEXT, slot: COUNT, instance: TEXT, collectedAt: TEXT, base: TEXT, parent: TEXT, tip: TEXT },
    ...{ commits: COUNT, files: COUNT, additions: COUNT, deletions: COUNT, discardedAt: { ...TEXT, nullable: true } },
    flagged: { type: "array", items: TEXT },
    specFiles: { type: "array", items: TEXT },
    accepted: { type: "object", nullable: true, required: ["branch", "commit", "at"] },
    refused: { type: "object", nullable: true, required: ["code", "message", "hint"] },
    changes: { type: "array", items: { type: "object", required: ["path", "status", "categories"] } },
    log: { type: "array", items: { type: "object", required: ["commit", "author", "subject"] } },
  },
} as const;

function decode(value: Json, id: string): ResultRecord {
  const { format, version, ...record } = isObject(value) ? value : {};
  if (format === FORMAT && version !== VERSION) {
    throw new ReviewError("REVIEW_RECORD_NEWER", `The record of result ${id} was written by another limaform`, {
      hint: "Use that version: limaform version",
    });
  }
  const checked = validate<ResultRecord>(RESULT_RECORD_SCHEMA, record);
  if (format === FORMAT && checked.ok && checked.value.id === id) return checked.value;
  throw new ReviewError("REVIEW_RECORD_DAMAGED", `The record of result ${id} is not one`, {
    hint: `Remove it from the state folder: results/${id}.json`,
  });
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
