/* Effects: reads what is at a path of the host below a root, as git would store it. */
import { createHash } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import { codeOf } from "./files.js";
import type { Blocked, HeldFolder, HostTree } from "./host-tree.js";

/**
 * What is at a path now. `stamp` changes whenever the content may have.
 *
 * Shape: `id` is that of a git blob with the file's bytes as they are (no filter, no line ends), or of a link's target.
 */
export type HostEntry =
  | { readonly kind: "absent" }
  | { readonly kind: "file"; readonly mode: "100644" | "100755"; readonly id: string; readonly stamp: string }
  | { readonly kind: "link"; readonly mode: "120000"; readonly id: string; readonly stamp: string }
  | { readonly kind: "blocked"; readonly why: Blocked | "folder" | "special_file" | "changes_now" };

export type ObjectFormat = "sha1" | "sha256";

export async function readHostEntry(tree: HostTree, path: string, format: ObjectFormat): Promise<HostEntry> {
  const parent = await tree.parentOf(path, "look");
  if (parent === null) return { kind: "absent" };
  if (typeof parent === "string") return { kind: "blocked", why: parent };
  try {
    return await readIn(parent, path.slice(path.lastIndexOf("/") + 1), format);
  } finally {
    await parent.close();
  }
}

/** Device, inode, size and times as one word; null where nothing is there. */
export async function stampOf(path: string): Promise<{ readonly stamp: string; readonly stats: BigIntStats } | null> {
  try {
    const stats = await lstat(path, { bigint: true });
    return { stamp: stampText(stats), stats };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Without the time of the inode's change: a second name for the file changes that, and not what is in it. */
export function stampText({ dev, ino, size, mtimeNs, mode }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${mode}`;
}

async function readIn(parent: HeldFolder, name: string, format: ObjectFormat): Promise<HostEntry> {
  const path = parent.at(name);
  const found = await stampOf(path);
  if (found === null) return { kind: "absent" };
  const { stamp, stats } = found;
  if (stats.isSymbolicLink()) {
    const target = await readlink(path, "buffer");
    const id = createHash(format).update(`blob ${target.length}\0`).update(target).digest("hex");
    return { kind: "link", mode: "120000", id, stamp };
  }
  if (stats.isDirectory()) return { kind: "blocked", why: "folder" };
  if (!stats.isFile()) return { kind: "blocked", why: "special_file" };
  const id = await hashFile(path, stamp, format);
  if (id === null) return { kind: "blocked", why: "changes_now" };
  const isExecutable = (stats.mode & 0o100n) !== 0n;
  return { kind: "file", mode: isExecutable ? "100755" : "100644", id, stamp };
}

/** null where the file is another one, or changes while it is read. */
async function hashFile(path: string, stamp: string, format: ObjectFormat): Promise<string | null> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile() || stampText(stats) !== stamp) return null;
    const hash = createHash(format).update(`blob ${stats.size}\0`);
    let bytes = 0n;
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      hash.update(chunk as Buffer);
      bytes += BigInt((chunk as Buffer).length);
    }
    const after = await handle.stat({ bigint: true });
    return bytes === stats.size && stampText(after) === stamp ? hash.digest("hex") : null;
  } finally {
    await handle.close();
  }
}
