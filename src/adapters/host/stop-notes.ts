/* Effects: notes in the state folder about what stopped workers hold, tied to their disk files. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "../../ports/host.js";
import type { JsonObject } from "../../util/json.js";
import type { WorkFinding, WorkItem } from "../../world/world.js";
import { codeOf } from "./files.js";

/** What `stop` found, with the saves of that worker that held it then. */
export interface StopNote {
  readonly at: string;
  readonly items: readonly WorkItem[];
  readonly saves: readonly string[];
}

/** Notes count only while the disk file is the one they were written for: inode, size and time of change. */
export interface StopNotes {
  /** null: no note, or the disk has changed since. */
  read(instance: string): Promise<StopNote | null>;
  write(instance: string, note: StopNote): Promise<void>;
  remove(instance: string): Promise<void>;
}

const FORMAT = "limaform.stop-note";
const VERSION = 1;
/** Lima's name for the disk, and the one before 2.1. */
const DISKS = ["disk", "diffdisk"];

export function createStopNotes(home: string, store: Store): StopNotes {
  const fileOf = (instance: string): string => `stopped/${instance}.json`;
  return {
    async read(instance) {
      const value = (await store.readJson(fileOf(instance))) as JsonObject | null;
      if (value?.format !== FORMAT || value.version !== VERSION || value.instance !== instance) return null;
      const stamp = await stampOf(join(home, instance));
      if (stamp === null || JSON.stringify(value.disk) !== JSON.stringify(stamp)) return null;
      return value.note as unknown as StopNote;
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
