/* Effects: the folder of the download cache. */
import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Checksum, FileTotal } from "../../ports/downloads.js";
import type { Clock } from "../../ports/host.js";
import { codeOf, sizeIfThere } from "../host/files.js";
import { syncFolder } from "../store/files.js";
import { cacheName, hasChecksum } from "./checksum.js";

const DAY_MS = 86_400_000;
/** A file that nobody has used for so long goes. */
const KEEP_MS = 90 * DAY_MS;
const PARTIAL_MS = DAY_MS;

/**
 * Files by checksum under `root/files`. A file gets its name when it is whole, on the disk and checked, by one rename:
 * several limaforms at once at worst load the same twice.
 */
export interface FileCache {
  pathOf(checksum: Checksum): string;
  /** Size of the file, checked again: null where it is not there. A damaged one is removed. */
  check(checksum: Checksum): Promise<number | null>;
  /**
   * Writes what comes under a temporary name, lets `verify` judge it, and gives it its name. The source is opened when
   * there is a place for it: a stream that fails while nobody listens would end the program.
   */
  take(
    open: () => Promise<readonly [Readable, ...Transform[]]>,
    checksum: Checksum,
    verify: (path: string) => Promise<void>,
  ): Promise<void>;
  /** A place for a file that has no name yet. */
  partial(): Promise<string>;
  /** Files that nobody has used since then. */
  unusedSince(time: string): Promise<FileTotal>;
  removeUnusedSince(time: string): Promise<FileTotal>;
  /** Removes what was not used for long, and what killed processes left. */
  sweep(): Promise<void>;
}

export function createFileCache(root: string, clock: Pick<Clock, "now" | "randomHex">): FileCache {
  const files = join(root, "files");
  const partials = join(root, "partial");
  const pathOf = (checksum: Checksum): string => join(files, cacheName(checksum));
  const partial = async (): Promise<string> => {
    await mkdir(partials, { recursive: true, mode: 0o700 });
    return join(partials, clock.randomHex(16));
  };
  return {
    pathOf,
    partial,
    async check(checksum) {
      const path = pathOf(checksum);
      const size = await sizeIfThere(path);
      if (size === null) return null;
      if (!(await hasChecksum(path, checksum))) {
        await rm(path, { force: true });
        return null;
      }
      await touch(path, clock.now());
      return size;
    },
    async take(open, checksum, verify) {
      await mkdir(files, { recursive: true, mode: 0o700 });
      const path = await partial();
      try {
        await pipeline([...(await open()), createWriteStream(path, { flags: "wx", mode: 0o600 })]);
        await sync(path);
        await verify(path);
        await rename(path, pathOf(checksum));
        await syncFolder(files);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },
    unusedSince: async (time) => totalOf(await olderThan(files, Date.parse(time))),
    removeUnusedSince: async (time) => totalOf(await removeOlder(files, Date.parse(time))),
    async sweep() {
      const nowMs = Date.parse(clock.now());
      await removeOlder(files, nowMs - KEEP_MS);
      await removeOlder(partials, nowMs - PARTIAL_MS);
    },
  };
}

/** Its time says when it was last used. A cache of another user's, read-only, is used all the same. */
async function touch(path: string, now: string): Promise<void> {
  const { atime } = await stat(path);
  await utimes(path, atime, new Date(now)).catch((error: unknown) => {
    if (codeOf(error) === null) throw error;
  });
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

interface OldFile {
  readonly path: string;
  readonly bytes: number;
}

const totalOf = (files: readonly OldFile[]): FileTotal => ({
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

async function removeOlder(folder: string, limitMs: number): Promise<readonly OldFile[]> {
  const found = await olderThan(folder, limitMs);
  for (const { path } of found) await rm(path, { recursive: true, force: true });
  return found;
}

async function olderThan(folder: string, limitMs: number): Promise<readonly OldFile[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  const old: OldFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch((error: unknown) => {
      // Another limaform removed it.
      if (codeOf(error) === "ENOENT") return null;
      throw error;
    });
    if (found !== null && found.mtimeMs < limitMs) old.push({ path, bytes: found.size });
  }
  return old;
}
