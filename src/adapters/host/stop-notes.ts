/* Effects: notes in the state folder about what stopped workers hold, tied to their disk files. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "../../ports/host.js";
import type { JsonObject } from "../../util/json.js";
import { validate } from "../../util/validator.js";
import type { WorkFinding, WorkItem, WorkKind } from "../../world/world.js";
import { codeOf } from "./files.js";

/** What `stop` found, with the saves of that worker that held it then. */
export interface StopNote {
  readonly at: string;
  readonly items: readonly WorkItem[];
  readonly saves: readonly string[];
}

/** Notes count only while the disk file is the one they were written for: inode, size and time of change. */
export interface StopNotes {
  /** null: no note, a damaged one, or the disk has changed since. Then what the worker holds is unknown. */
  read(instance: string): Promise<StopNote | null>;
  write(instance: string, note: StopNote): Promise<void>;
  remove(instance: string): Promise<void>;
}

const FORMAT = "limaform.stop-note";
const VERSION = 1;
/** Lima's name for the disk, and the one before 2.1. */
const DISKS = ["disk", "diffdisk"];

const TEXT = { type: "string" } as const;
const TEXTS = { type: "array", items: TEXT } as const;
const COUNT = { type: "integer", minimum: 0 } as const;
/** A kind that is none of ours would be told to nobody: such a note is damaged. */
const KINDS: Readonly<Record<WorkKind, true>> = {
  ...{ uncommitted: true, untracked: true, ignored: true, commits: true, stash: true, worktree: true },
  ...{ nested_repository: true, path: true, live_run: true, uncollected_run: true, unknown: true },
};
export const STOP_NOTE_SCHEMA = {
  type: "object",
  required: ["at", "items", "saves"],
  properties: {
    at: TEXT,
    saves: TEXTS,
    items: {
      type: "array",
      items: {
        type: "object",
        required: ["kind", "count", "bytes", "examples"],
        properties: {
          ...{ kind: { ...TEXT, enum: Object.keys(KINDS) }, count: COUNT, bytes: COUNT, examples: TEXTS },
          ...{ savable: { type: "boolean" }, saved: { type: "boolean" } },
        },
      },
    },
  },
} as const;

export function createStopNotes(home: string, store: Store): StopNotes {
  const fileOf = (instance: string): string => `stopped/${instance}.json`;
  return {
    async read(instance) {
      const value = (await store.readJson(fileOf(instance))) as JsonObject | null;
      if (value?.format !== FORMAT || value.version !== VERSION || value.instance !== instance) return null;
      const stamp = await stampOf(join(home, instance));
      if (stamp === null || JSON.stringify(value.disk) !== JSON.stringify(stamp)) return null;
      const checked = validate<StopNote>(STOP_NOTE_SCHEMA, value.note);
      return checked.ok ? checked.value : null;
    },
    async write(instance, note) {
      const disk = await stampOf(join(home, instance));
      const value = JSON.parse(
        JSON.stringify({ format: FORMAT, version: VERSION, instance, disk, note }),
      ) as JsonObject;
      await store.writeJson(fileOf(instance), value);
    },
    remove: (instance) => store.remove(fileOf(instance)),
  };
}

/** A finding as plans use it: nothing of a stopped worker can be saved now. `live`: saves that still stand. */
export function findingOf(note: StopNote, live: ReadonlySet<string>): WorkFinding {
  const isKept = note.saves.every((id) => live.has(id));
  const items = note.items.map(({ savable: _savable, saved, ...item }) => {
    return saved === true && isKept ? { ...item, saved } : item;
  });
  return { kind: "known", items, foundAt: note.at };
}

/** Units: bytes, milliseconds. null: there is no disk. */
async function stampOf(dir: string): Promise<JsonObject | null> {
  for (const name of DISKS) {
    try {
      const { ino, size, mtimeMs } = await stat(join(dir, name));
      return { name, inode: ino, size, mtimeMs };
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
  return null;
}
