/* Effects: walks and opens folders of the host below one root, never through a link. */
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "./files.js";

/**
 * A folder that is held open while something in it is read or written. `at(name)` is a path whose last step alone is
 * looked up by the system.
 *
 * Shape: on Linux `/proc/self/fd/N` names the open folder itself, so that nobody can put a link in its place between check
 * and use. Elsewhere it is the plain path; `check` then compares the folder with the open one right before and after use.
 */
export interface HeldFolder {
  at(name: string): string;
  /** False where the path leads to another folder by now, or the folder was removed. */
  check(): Promise<boolean>;
  close(): Promise<void>;
}

/** Why a path below the root cannot be used. */
export type Blocked = "link_in_the_way" | "file_in_the_way" | "other_device" | "not_permitted";

export interface HostTree {
  readonly device: bigint;
  /**
   * The folder that `path` is in; null where it is not there and `make` is false.
   *
   * Shape: every step is a real folder on the root's own device.
   */
  parentOf(path: string, make: "make" | "look"): Promise<HeldFolder | Blocked | null>;
  close(): Promise<void>;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Errors: those of the file system where the root is no real folder. */
export async function openHostTree(root: string): Promise<HostTree> {
  const handle = await open(root, FOLDER);
  const { dev } = await handle.stat({ bigint: true });
  return {
    device: dev,
    parentOf: (path, make) => walk({ root, handle, device: dev }, path.split("/").slice(0, -1), make),
    close: () => handle.close(),
  };
}

interface Root {
  readonly root: string;
  readonly handle: FileHandle;
  readonly device: bigint;
}

async function walk(
  { root, handle, device }: Root,
  steps: readonly string[],
  make: "make" | "look",
): Promise<HeldFolder | Blocked | null> {
  let place = root;
  let held = hold(await open(placeOf(handle, root), constants.O_RDONLY | constants.O_DIRECTORY), root);
  for (const step of steps) {
    place = join(place, step);
    const next = await enter(held, step, make);
    await held.close();
    if (next === null || typeof next === "string") return next;
    held = hold(next, place);
    if ((await next.stat({ bigint: true })).dev === device) continue;
    await held.close();
    return "other_device";
  }
  return held;
}

async function enter(held: HeldFolder, step: string, make: "make" | "look"): Promise<FileHandle | Blocked | null> {
  for (const isSecond of [false, true]) {
    try {
      return await open(held.at(step), FOLDER);
    } catch (error) {
      const code = codeOf(error);
      if (code === "ELOOP" || code === "EMLINK") return "link_in_the_way";
      if (code === "ENOTDIR") return (await isLink(held.at(step))) ? "link_in_the_way" : "file_in_the_way";
      if (code === "EACCES" || code === "EPERM") return "not_permitted";
      if (code !== "ENOENT") throw error;
      if (make === "look" || isSecond) return null;
      await makeFolder(held.at(step));
    }
  }
  return null;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    // Somebody else was faster: the next look tells what it is.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function placeOf(handle: FileHandle, path: string): string {
  return process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : path;
}

function hold(handle: FileHandle, path: string): HeldFolder {
  return {
    at: (name) => join(placeOf(handle, path), name),
    async check() {
      const opened = await handle.stat({ bigint: true });
      if (opened.nlink === 0n) return false;
      if (process.platform === "linux") return true;
      const named = await lstat(path, { bigint: true });
      return opened.dev === named.dev && opened.ino === named.ino;
    },
    close: () => handle.close(),
  };
}
