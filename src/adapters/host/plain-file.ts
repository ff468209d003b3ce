import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** What a path cannot be read as: nothing is there, or a socket is. */
const NO_FILE = new Set(["ENOENT", "ENOTDIR", "ENXIO"]);

/**
 * The text of a small file that anyone may have put there; null where there is none. A pipe, which would be waited for, and
 * a device, which may have no end, are none.
 */
export async function readPlainFile(path: string): Promise<string | null> {
  const handle = await openOrNull(path);
  if (handle === null) return null;
  try {
    return (await handle.stat()).isFile() ? await handle.readFile("utf8") : null;
  } finally {
    await handle.close();
  }
}

async function openOrNull(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && "code" in error && NO_FILE.has(String(error.code))) return null;
    throw error;
  }
}
