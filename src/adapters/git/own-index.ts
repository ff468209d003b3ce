/* Effects: keeps copies of indexes of repositories in our cache, for looks alone. */
import {
  closeSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { sha256Hex } from "../../util/digest.js";

/** Bytes of an index from which it pays: about 12,000 files. */
const MANY_BYTES = 1_048_576;
/** More than the coarsest clock of a file system in use. */
const BACK_MS = 2_000;
/** Copies that nobody looked with for as long are of repositories that are gone, or might be. */
const UNUSED_MS = 30 * 86_400_000;
/** Of git's own checksum at the end of an index, in either hash. */
const CHECKSUM_BYTES = 32;
/** What is true of a look anyhow, and what the memory of folders needs: each change of them is told by their ctime. */
const REMEMBERING = [
  ...["-c", "core.untrackedCache=true", "-c", "status.showUntrackedFiles=all"],
  ...["-c", "core.trustctime=true", "-c", "core.checkStat=default"],
];
/**
 * File systems of this machine's own kernel, by which the time of a folder changes with its names: ext2 to 4, XFS, btrfs,
 * tmpfs, F2FS, ZFS, overlay, bcachefs. Those of a network, of a VM's host or of another system may do without, or by
 * another clock.
 */
const TELLING = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0xf2f52010, 0x2fc12fc1, 0x794c7630, 0xca451a4e]);

/** How git looks with an index of ours. */
export interface OwnIndex {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Ends the look: what git remembers now is for the next one. */
  keep(): void;
  /** Ends the look; of one that failed nothing is kept, because the copy may be why. */
  drop(why: "failed" | "cut off"): void;
}

/**
 * A look at many files walks all folders for untracked ones, which takes as long as the look at those that are tracked. git
 * can remember which folders have not changed since (its untracked cache), in an index: one of ours, since nothing is written
 * into the user's repository. It is copied anew whenever that one is another file.
 *
 * Nothing that comes meanwhile is missed. git looks again at what is not older than the index, whose time is set back to
 * before the look; and each look has a name of its own for the copy, so that nobody meets one whose time is not set yet.
 *
 * It waits for nothing, because whoever waits here gets on only between what a start evaluates meanwhile, and git would begin later.
 *
 * Shape: `folder` of our cache; null where there are few files, in a linked work tree, where a file system does not tell all
 * that git needs, and where the cache cannot be written or is not ours.
 */
export function openOwnIndex(top: string, folder: string): OwnIndex | null {
  try {
    const source = join(top, ".git", "index");
    const key = keyOf(source);
    if (key === null || !isTelling(top)) return null;
    const place = join(folder, sha256Hex(top).slice(0, 16));
    if (!isOurs(place)) return null;
    const kept = join(place, key);
    const own = `${kept}.${process.pid}-${++looks}`;
    const isCopied = !linkIfThere(kept, own);
    if (isCopied && !copyIndex(source, own, key)) return null;
    const before = statSync(own);
    return {
      args: REMEMBERING,
      env: { GIT_INDEX_FILE: own, GIT_OPTIONAL_LOCKS: "1" },
      keep: () => quietly(() => keepIndex({ own, kept, before, isCopied })),
      drop: (why) => quietly(() => removeAll(why === "failed" ? [own, kept] : [own])),
    };
  } catch {
    // Without it a look is slower and the same.
    return null;
  }
}

let looks = 0;

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // Without the memory a look is slower and the same.
  }
}

function removeAll(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
}

interface Look {
  readonly own: string;
  readonly kept: string;
  readonly before: { readonly ino: number; readonly mtimeMs: number; readonly ctimeMs: number };
  readonly isCopied: boolean;
}

function keepIndex({ own, kept, before, isCopied }: Look): void {
  const after = statSync(own);
  // git never writes into an index, it puts another in its place.
  const isWritten = after.ino !== before.ino || after.mtimeMs !== before.mtimeMs;
  if (!isWritten && !isCopied) {
    rmSync(own);
    return;
  }
  // The name of this look is as old as the look.
  if (isWritten) setTime(own, before.ctimeMs - BACK_MS);
  renameSync(own, kept);
  if (isCopied) removeOthers(kept, before.ctimeMs);
}

/** False where there is none. */
function linkIfThere(kept: string, own: string): boolean {
  if (lstatSync(kept, { throwIfNoEntry: false }) === undefined) return false;
  linkSync(kept, own);
  return true;
}

/** False where another took its place meanwhile. */
function copyIndex(source: string, own: string, key: string): boolean {
  const { mtimeMs } = statSync(source);
  copyFileSync(source, own);
  setTime(own, mtimeMs);
  if (keyOf(source) === key) return true;
  rmSync(own);
  return false;
}

/** Copies of what was the index before, and of repositories that nobody looked at for long. */
function removeOthers(kept: string, nowMs: number): void {
  const place = dirname(kept);
  const isOther = (path: string): boolean => path !== kept && !path.startsWith(`${kept}.`);
  const isUnused = (path: string): boolean => lstatSync(path).mtimeMs < nowMs - UNUSED_MS;
  removeAll(pathsIn(place).filter(isOther));
  removeAll(pathsIn(dirname(place)).filter(isUnused));
}

const pathsIn = (folder: string): readonly string[] => readdirSync(folder).map((name) => join(folder, name));

/** Whole seconds: a time that is too early makes git look twice, never too seldom. */
function setTime(path: string, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  utimesSync(path, seconds, seconds);
}

/** A folder that nobody else can write in; made where it is missing. */
function isOurs(place: string): boolean {
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const found = lstatSync(place);
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0 && isTelling(place);
}

const isTelling = (path: string): boolean => TELLING.has(statfsSync(path).type);

/** Which file it is, and what it holds by its own checksum; null where it does not pay. */
function keyOf(index: string): string | null {
  const found = lstatSync(index, { bigint: true, throwIfNoEntry: false });
  if (!found?.isFile() || found.size < MANY_BYTES) return null;
  const file = openSync(index, "r");
  try {
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    readSync(file, checksum, 0, CHECKSUM_BYTES, Number(found.size) - CHECKSUM_BYTES);
    return `${found.dev}-${found.ino}-${found.size}-${found.ctimeNs}-${checksum.toString("hex")}`;
  } finally {
    closeSync(file);
  }
}
