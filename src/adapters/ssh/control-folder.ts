import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";

/** ssh appends a dot and 16 random characters while it makes a socket; macOS ends at 104. */
const LONGEST_SOCKET = 103 - 17;

/**
 * A private folder for control sockets with a path that is short enough; null where there is none (then every command
 * has a connection of its own).
 *
 * Effects: makes the folder (0700). One that belongs to somebody else, or is open to others, is not used.
 */
export async function controlFolder(
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
): Promise<string | null> {
  const runtime = env.XDG_RUNTIME_DIR;
  const candidates = [...(runtime ? [join(runtime, "limaform")] : []), `/tmp/limaform-${uid}`];
  for (const folder of candidates) {
    if (folder.length + 1 + NAME_LENGTH <= LONGEST_SOCKET && (await isPrivate(folder, uid))) return folder;
  }
  return null;
}

/** Length of a socket's name. */
export const NAME_LENGTH = 16;

async function isPrivate(folder: string, uid: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    // No runtime folder after all (a container): the next candidate.
    if (error.code !== "EEXIST") return false;
  }
  const found = await lstat(folder);
  return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
}
