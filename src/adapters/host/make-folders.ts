/* Effects: makes folders, and says truly why not. */
import { access, constants, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./files.js";

/**
 * Makes a folder and those above it. Errors: the system's own; of a file system that is mounted read-only Node says ENOENT,
 * so the nearest folder that is there is asked for the reason.
 */
export async function makeFolders(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    if (codeOf(error) === "ENOENT") await access(await nearestThere(dirname(path)), constants.W_OK);
    throw error;
  }
}

async function nearestThere(path: string): Promise<string> {
  const above = dirname(path);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere || above === path ? path : nearestThere(above);
}
