/* Effects: keeps copies of indexes of repositories in our cache, for looks alone. */
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm, stat, statfs, utimes } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "../../util/digest.js";

/** Bytes of an index from which it pays: about 6,000 files. */
const MANY_BYTES = 524_288;
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
  keep(): Promise<void>;
  /** Ends the look; of one that failed nothing is kept, because the copy may be why. */
  drop(why: "failed" | "cut off"): Promise<void>;
}

/**
 * A look at many files walks all folders for untracked ones, which takes as long as the look at those that are tracked. git
 * can remember which folders have not changed since (its untracked cache), in an index: one of ours, since nothing is written
 * into the user's repository. It is copied anew whenever that one is another file.
 *
 * Nothing that comes meanwhile is missed. git looks again at what is not older than the index, whose time is set back to
 * before the look; and each look has a name of its own for the copy, so that nobody meets one whose time is not set yet.
 *
 * Shape: `folder` of our cache; null where there are few files, in a linked work tree, where a file system does not tell all
 * that git needs, and where the cache cannot be written or is not ours.
 */
export async function openOwnIndex(top: string, folder: string): Promise<OwnIndex | null> {
  try {
    const source = join(top, ".git", "index");
    const key = await keyOf(source);
    const place = join(folder, sha256Hex(top).slice(0, 16));
    if (key === null || !(await isTelling(top)) || !(await isOurs(place))) return null;
    const kept = join(place, key);
    const own = `${kept}.${process.pid}-${++looks}`;
    const isCopied = !(await linkIfThere(kept, own));
    if (isCopied && !(await copyIndex(source, own, key))) return null;
    const before = await stat(own);
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

/** Without the memory a look is slower and the same. */
const quietly = (act: () => Promise<void>): Promise<void> => act().catch(() => {});
const removeAll = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) await rm(path, { force: true });
};

interface Look {
  readonly own: string;
  readonly kept: string;
  readonly before: { readonly ino: number; readonly mtimeMs: number; readonly ctimeMs: number };
  readonly isCopied: boolean;
}

async function keepIndex({ own, kept, before, isCopied }: Look): Promise<void> {
  const after = await stat(own);
  // git never writes into an index, it puts another in its place.
  const isWritten = after.ino !== before.ino || after.mtimeMs !== before.mtimeMs;
  if (!isWritten && !isCopied) return rm(own);
  // The name of this look is as old as the look.
  if (isWritten) await setTime(own, before.ctimeMs - BACK_MS);
  await rename(own, kept);
  if (isCopied) await removeOthers(kept, before.ctimeMs);
}

/** False where there is none. */
async function linkIfThere(kept: string, own: string): Promise<boolean> {
  if ((await lstat(kept).catch(() => null)) === null) return false;
  await link(kept, own);
  return true;
}

/** False where another took its place meanwhile. */
async function copyIndex(source: string, own: string, key: string): Promise<boolean> {
  const { mtimeMs } = await stat(source);
  await copyFile(source, own);
  await setTime(own, mtimeMs);
  if ((await keyOf(source)) === key) return true;
  await rm(own);
  return false;
}

/** Copies of what was the index before, and of repositories that nobody looked at for long. */
async function removeOthers(kept: string, nowMs: number): Promise<void> {
  const place = join(kept, "..");
  const isOther = (path: string): boolean => path !== kept && !path.startsWith(`${kept}.`);
  await removeAll((await readdir(place)).map((name) => join(place, name)).filter(isOther));
  for (const name of await readdir(join(place, ".."))) {
    const other = join(place, "..", name);
    if ((await lstat(other)).mtimeMs < nowMs - UNUSED_MS) await rm(other, { recursive: true, force: true });
  }
}

/** Whole seconds: a time that is too early makes git look twice, never too seldom. */
function setTime(path: string, ms: number): Promise<void> {
  const seconds = Math.floor(ms / 1000);
  return utimes(path, seconds, seconds);
}

/** A folder that nobody else can write in; made where it is missing. */
async function isOurs(place: string): Promise<boolean> {
  await mkdir(place, { recursive: true, mode: 0o700 });
  const found = await lstat(place);
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0 && isTelling(place);
}

async function isTelling(path: string): Promise<boolean> {
  return TELLING.has((await statfs(path)).type);
}

/** Which file it is, and what it holds by its own checksum; null where it does not pay. */
async function keyOf(index: string): Promise<string | null> {
  const found = await lstat(index, { bigint: true }).catch(() => null);
  if (!found?.isFile() || found.size < MANY_BYTES) return null;
  const file = await open(index);
  try {
    const { buffer } = await file.read({
      buffer: Buffer.alloc(CHECKSUM_BYTES),
      position: Number(found.size) - CHECKSUM_BYTES,
    });
    return `${found.dev}-${found.ino}-${found.size}-${found.ctimeNs}-${buffer.toString("hex")}`;
  } finally {
    await file.close();
  }
}
