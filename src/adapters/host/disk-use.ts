/* Effects: how much of the disk a folder takes. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "./files.js";

/** Bytes that the files below a folder take on the disk, holes left out; what goes meanwhile, or is absent, counts nothing. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await orNothing(readdir(folder, { withFileTypes: true }), []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesIn(path);
    else bytes += ((await orNothing(lstat(path), null))?.blocks ?? 0) * 512;
  }
  return bytes;
}

async function orNothing<T>(reading: Promise<T>, nothing: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return nothing;
    throw error;
  }
}
