/* Effects: looks at LIMA_HOME and the file system it is on; makes nothing. */
import { constants } from "node:fs";
import { access, realpath, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, messageOf } from "../host/files.js";

/** Units: bytes. */
export interface HomeFacts {
  /** Real as far as it exists. */
  readonly path: string;
  /** The folder itself, or the nearest one above it that exists. */
  readonly nearest: string;
  readonly isThere: boolean;
  readonly isFolder: boolean;
  /** Permission bits of `nearest`. */
  readonly mode: number;
  readonly ownerUid: number;
  readonly isWritable: boolean;
  /** null where the system does not tell. */
  readonly freeBytes: number | null;
  /** Why nothing of this is known; null = it is. */
  readonly problem: string | null;
}

/** Real path, or the path itself where it leads nowhere yet or may not be followed. */
export async function realAsFarAsKnown(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return path;
  }
}

export async function readHome(path: string): Promise<HomeFacts> {
  for (let nearest = path; ; nearest = dirname(nearest)) {
    try {
      const stats = await stat(nearest);
      return {
        ...{ path, nearest, isThere: nearest === path, isFolder: stats.isDirectory() },
        ...{ mode: stats.mode & 0o777, ownerUid: stats.uid, problem: null },
        isWritable: await isWritable(nearest),
        freeBytes: await freeBytes(nearest),
      };
    } catch (error) {
      if (codeOf(error) === "ENOENT" && nearest !== dirname(nearest)) continue;
      return unknownHome(path, nearest, error);
    }
  }
}

function unknownHome(path: string, nearest: string, error: unknown): HomeFacts {
  if (codeOf(error) === null) throw error;
  const nothing = { isThere: false, isFolder: false, mode: 0, ownerUid: 0, isWritable: false, freeBytes: null };
  return { path, nearest, ...nothing, problem: messageOf(error) };
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return false;
  }
}

async function freeBytes(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return null;
  }
}
