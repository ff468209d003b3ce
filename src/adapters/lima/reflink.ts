import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "./fs-errors.js";

/**
 * Whether the file system under a folder shares blocks between copies, found out by trying; null where nothing can be
 * tried, because the folder cannot be written.
 *
 * Effects: makes and removes a small temporary folder in it.
 */
export async function hasReflinks(folder: string): Promise<boolean | null> {
  const probe = await makeProbe(folder);
  if (probe === null) return null;
  try {
    const from = join(probe, "from");
    await writeFile(from, Buffer.alloc(8192, 1));
    await copyFile(from, join(probe, "to"), constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    // ENOTSUP, EINVAL, EXDEV, ENOTTY, ENOSYS …: each file system refuses in its own words.
    if (codeOf(error) === null) throw error;
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

async function makeProbe(folder: string): Promise<string | null> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await mkdtemp(join(folder, ".probe-"));
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return null;
  }
}
