/* Effects: writes objects of a quarantine as files into a private folder on the device where they will be wanted. */
import { closeSync, fchmodSync, fsyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ReviewError } from "../../errors/errors.js";
import { showSize } from "../../util/bytes.js";
import { codeOf } from "../host/files.js";
import { makeFolders } from "../host/make-folders.js";
import type { Wanted } from "../host/write-entry.js";
import { toStoreError } from "../store/store-errors.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";
import { sweepFolders } from "./temporary.js";

/** Units: bytes. More at once is not written into a user's folder. */
const MAX_STAGED_BYTES = 4 * 1024 ** 3;

/**
 * A private folder (0700) on the root's own device, gone afterwards; one that a killed process left goes first. In the
 * state folder where that is on the device, else in the git directory, else beside the files themselves.
 */
export async function withStaging<T>(
  { root, places }: { readonly root: string; readonly places: readonly string[] },
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const { dev } = await stat(root);
  let place = root;
  for (const candidate of places) {
    if ((await makeFolder(candidate)) !== dev) continue;
    place = candidate;
    break;
  }
  await sweepFolders(place);
  const name = join(place, `${place === root ? "." : ""}limaform-${process.pid}-`);
  const folder = await mkdtemp(name).catch((error: unknown) => {
    throw toStoreError(error, "write in", place);
  });
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Its device; null where it may not be made. */
async function makeFolder(path: string): Promise<number | null> {
  try {
    await makeFolders(path, 0o700);
    return (await stat(path)).dev;
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(codeOf(error) ?? "")) throw toStoreError(error, "make", path);
    return null;
  }
}

/** Removes what a process that was killed after its last write left staged; no folder is made for it. */
export async function sweepStaging({ root, places }: { readonly root: string; readonly places: readonly string[] }) {
  for (const place of [...places, root]) {
    await sweepFolders(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

interface StagedBlob {
  readonly id: string;
  /** Units: permission bits. */
  readonly mode: number;
}

/** Writes blobs as `0`, `1`, … into the folder, each whole and synced. Errors: REVIEW_TOO_LARGE. */
async function stageBlobs(
  git: Git,
  {
    gitDir,
    folder,
    blobs,
  }: { readonly gitDir: string; readonly folder: string; readonly blobs: readonly StagedBlob[] },
  times: GitTimes,
): Promise<readonly string[]> {
  if (blobs.length === 0) return [];
  const writer = openWriter(folder, blobs);
  const stdin = blobs.map(({ id }) => `${id}\n`).join("");
  try {
    await git.neutral(gitDir, ["cat-file", "--batch"], { ...times, stdin, onStdout: writer.add });
  } finally {
    writer.close();
  }
  return writer.finish();
}

/** One entry to be written. `mode` null: a link, whose target is the blob. Units: permission bits. */
export interface StagedEntry {
  readonly id: string;
  readonly mode: number | null;
}

const LINK_BYTES = 64 * 1024;

/** What is to be at each entry's place: files staged in the folder, links by their targets. Errors: REVIEW_TOO_LARGE. */
export async function stageEntries<E extends StagedEntry>(
  git: Git,
  { gitDir, folder, entries }: { readonly gitDir: string; readonly folder: string; readonly entries: readonly E[] },
  times: GitTimes,
): Promise<ReadonlyMap<E, Wanted>> {
  const files = entries.flatMap((entry) => (entry.mode === null ? [] : [{ entry, id: entry.id, mode: entry.mode }]));
  const staged = await stageBlobs(git, { gitDir, folder, blobs: files }, times);
  const wanted = new Map<E, Wanted>(
    files.map(({ entry }, at) => [entry, { kind: "file", staged: staged[at] ?? "" } as const]),
  );
  for (const entry of entries) {
    if (entry.mode !== null) continue;
    const read = ["cat-file", "blob", entry.id];
    const target = (await git.neutral(gitDir, read, { ...times, maxOutputBytes: LINK_BYTES })).stdout;
    wanted.set(entry, { kind: "link", target });
  }
  return wanted;
}

/** Reads `git cat-file --batch` as it comes: a line `ID blob SIZE`, the bytes, a newline. */
function openWriter(folder: string, blobs: readonly StagedBlob[]) {
  const files: string[] = [];
  let failure: unknown = null;
  let header = "";
  let left = -1;
  let total = 0;
  let descriptor: number | null = null;
  const start = (): void => {
    const blob = blobs[files.length];
    const [id, type, size] = header.split(" ");
    header = "";
    if (blob === undefined || id !== blob.id || type !== "blob") throw unreadable();
    left = Number(size);
    total += left;
    if (total > MAX_STAGED_BYTES) throw tooMuch();
    const file = join(folder, String(files.length));
    descriptor = openSync(file, "wx", 0o600);
    fchmodSync(descriptor, blob.mode);
    files.push(file);
  };
  const end = (): void => {
    if (descriptor !== null) {
      fsyncSync(descriptor);
      closeSync(descriptor);
    }
    descriptor = null;
  };
  const feed = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) {
      if (descriptor === null) {
        const stop = bytes.indexOf(10, at);
        header += Buffer.from(bytes.subarray(at, stop === -1 ? bytes.length : stop)).toString("latin1");
        at = stop === -1 ? bytes.length : stop + 1;
        if (stop !== -1 && header !== "") start();
      }
      if (descriptor === null) continue;
      const part = bytes.subarray(at, at + left);
      for (let written = 0; written < part.length; ) written += writeSync(descriptor, part, written);
      at += part.length;
      left -= part.length;
      if (left === 0) end();
    }
  };
  return {
    add: (chunk: Uint8Array) => {
      if (failure !== null) return;
      try {
        feed(chunk);
      } catch (error) {
        // Thrown where the whole is awaited, not into the stream.
        failure = error;
      }
    },
    close: () => {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
    finish: () => {
      if (failure !== null) throw failure;
      if (files.length !== blobs.length) throw unreadable();
      return files;
    },
  };
}

function unreadable(): ReviewError {
  return new ReviewError("REVIEW_UNREADABLE", "Objects of the quarantine could not be read back", {
    hint: "Nothing was written. Please report it with the output of: git --version",
  });
}

function tooMuch(): ReviewError {
  return new ReviewError("REVIEW_TOO_LARGE", `More than ${showSize(MAX_STAGED_BYTES)} would be written at once`, {
    hint: "Name some of the paths: limaform sync-back W PATH",
  });
}
