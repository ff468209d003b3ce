import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "./store-errors.js";

/* Durable steps on files. Errors here are the system's own; the callers give them their types. */

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Of files that a cut-off write may leave behind. */
const TEMPORARY = ".tmp";

/** Makes a folder with all that is missing above it, closed to others, and sees that it stays after a power cut. */
export async function makeFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true, mode: FOLDER_MODE });
  if (firstMade === undefined) return;
  for (let made = path; made.length >= firstMade.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Writes a synced file under a temporary name in the folder of `path`; the caller links or renames it. */
export async function writeTemporary(path: string, text: string, random: string): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${random}${TEMPORARY}`);
  try {
    await withFile(temporary, "wx", async (file) => {
      await file.writeFile(text, "utf8");
      await file.sync();
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

/** Puts the whole text at `path`, or leaves what was there. */
export async function replaceFile(path: string, text: string, random: string): Promise<void> {
  const temporary = await writeTemporary(path, text, random);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Appends a line and syncs it; behind a torn line it starts a new one, so that a crash never costs a second line. */
export async function appendLine(path: string, line: string): Promise<void> {
  await withFile(path, "a+", async (file) => {
    const { size } = await file.stat();
    const isTorn = size > 0 && (await lastByte(file, size)) !== "\n";
    await file.appendFile(`${isTorn ? "\n" : ""}${line}\n`, "utf8");
    await file.sync();
    if (size === 0) await syncFolder(dirname(path));
  });
}

/** Makes names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await withFile(path, "r", (folder) => folder.sync());
}

/** Removes what writes that were cut off have left in a folder, older than a time (epoch ms). Absent folder = nothing. */
export async function sweepTemporary(folder: string, olderThanMs: number): Promise<void> {
  for (const name of (await ifThere(readdir(folder))) ?? []) {
    if (!isTemporary(name)) continue;
    const path = join(folder, name);
    const found = await ifThere(stat(path));
    if (found !== null && found.mtimeMs < olderThanMs) await rm(path, { force: true });
  }
}

export function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(TEMPORARY);
}

/** Null only where the system says that there is nothing of that name. */
export async function ifThere<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
}

async function lastByte(file: FileHandle, size: number): Promise<string> {
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString("latin1");
}

async function withFile<T>(path: string, flags: string, act: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, FILE_MODE);
  try {
    return await act(file);
  } finally {
    await file.close();
  }
}
