/* Effects: reads small files in the folders of instances; asks no limactl. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeMarks } from "../../record/marks-codec.js";
import type { Marks } from "../../world/marks.js";
import type { PushMark } from "../../world/world.js";
import { readPlainFile } from "../host/plain-file.js";
import { orIfAbsent } from "./fs-errors.js";
import { namesIn, readNotes } from "./instance-files.js";
import { isInstanceEntry } from "./names.js";
import { takeMarks } from "./own-marks.js";

/** An instance with our marks, as the files in its folder have it. Whether it runs, they do not say. */
export interface Glimpse {
  readonly name: string;
  readonly marks: Marks;
  readonly readyAt: string | null;
  readonly lastPush: PushMark | null;
}

/** Files of Lima's own that it merges into instances, and that could change marks. */
const MERGED = /^(?:base|default|override)\.yaml$/u;

/**
 * Instances with our marks, for questions to their guests alone: nothing may be written, started, stopped or deleted on
 * the strength of it. Whose marks are not as limaform writes them is no answer.
 *
 * Shape: sorted as the folder is; null where the files alone do not tell.
 */
export async function glanceAtFolders(home: string): Promise<readonly Glimpse[] | null> {
  // Who calls limactl is told that root is refused.
  if (process.geteuid?.() === 0) return null;
  const [entries, config] = await Promise.all([
    orIfAbsent(readdir(home, { withFileTypes: true }), []),
    orIfAbsent(readdir(join(home, "_config")), []),
  ]);
  if (config.some((name) => MERGED.test(name))) return null;
  const folders = entries.filter((entry) => isInstanceEntry(entry.name) && !entry.isFile());
  const found = await Promise.all(folders.map(({ name }) => glanceAt(join(home, name), name)));
  const known = found.filter((glimpse) => glimpse !== null);
  return known.length === found.length ? known.filter((glimpse) => glimpse !== "other") : null;
}

/** As it is now; null where its files do not tell, or it has no marks of ours. */
export async function glanceAtOne(home: string, name: string): Promise<Glimpse | null> {
  const found = await glanceAt(join(home, name), name);
  return found === "other" ? null : found;
}

async function glanceAt(dir: string, name: string): Promise<Glimpse | "other" | null> {
  const text = await readPlainFile(join(dir, "lima.yaml"));
  if (text === null) return null;
  if (!text.includes("limaform_")) return "other";
  const marked = takeMarks(text);
  const reading = marked === null ? null : decodeMarks(marked.marks);
  if (reading?.kind !== "marks") return null;
  const { readyAt, lastPush } = await readNotes(dir, name, namesIn(dir));
  return { name, marks: reading.marks, readyAt, lastPush };
}
