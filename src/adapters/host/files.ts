import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, lstat, readdir, readlink, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StoreError } from "../../errors/errors.js";
import { quoteWord } from "../../util/shell-quote.js";
import { explainErrno } from "../store/store-errors.js";

/* Files of the user's on the host: the spec, the images it names, plans that were asked for. */

/** No spec and no plan is larger; a device without end must not fill the memory. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/** Null when there is no such file. Errors: STORE_READ, also for a link to nothing. */
export async function readIfThere(path: string): Promise<string | null> {
  return (await readBytesIfThere(path))?.toString("utf8") ?? null;
}

/** The bytes, for texts that may not be UTF-8. Null when there is no such file. Errors: STORE_READ. */
export async function readBytesIfThere(path: string): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > MAX_READ_BYTES)
        throw new StoreError("STORE_READ", `${path} cannot be read: it has no end`, lookAt(path));
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const isAbsent = codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
    const target = isAbsent ? await linkTarget(path) : null;
    if (isAbsent && target === null) return null;
    const { why, hint } = explainErrno(error, path);
    throw new StoreError("STORE_READ", `${path} cannot be read: ${target === null ? why : nowhere(target)}`, {
      ...(target === null ? { hint } : lookAt(path)),
      cause: error,
    });
  }
}

const nowhere = (target: string): string => `it is a link to ${target}, where nothing is`;
const lookAt = (path: string) => ({ hint: `To see what it is: ls -l ${quoteWord(path)}` });

/** Where a link points; null for what is no link. */
async function linkTarget(path: string): Promise<string | null> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : null;
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return null;
  }
}

/** Bytes; null where no file is there. */
export async function sizeIfThere(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Real path; the path itself where nothing is there yet. */
export async function realOrSame(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return path;
    const { why, hint } = explainErrno(error, path);
    throw new StoreError("STORE_READ", `${path} cannot be followed: ${why}`, { hint, cause: error });
  }
}

/** Whether anything is at the path. What cannot be looked at counts as there. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR";
  }
}

/** Where a file will be: the real path of its folder, which may be a link, and its name. */
export async function realFuture(path: string): Promise<string> {
  return join(await realOrSame(dirname(path)), basename(path));
}

export interface FileDigest {
  /** `sha256:<hex>` */
  readonly digest: string;
  /** Inode, size and times: the digest stands as long as these do. */
  readonly stamp: string;
}

/** Content digest; `known` is used where its stamp still holds. Errors: those of the file system, untyped. */
export async function digestFile(path: string, known: FileDigest | undefined): Promise<FileDigest> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  const stamp = `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  if (known?.stamp === stamp) return known;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { digest: `sha256:${hash.digest("hex")}`, stamp };
}

/** Writes a user's file whole or not at all. Errors: STORE_WRITE. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${process.pid}.limaform.tmp`);
  try {
    await writeFile(temporary, text, { mode, flush: true });
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await removeLeft(temporary);
    const { why, hint } = explainErrno(error, path);
    throw new StoreError("STORE_WRITE", `${path} cannot be written: ${why}`, { hint, cause: error });
  }
}

async function removeLeft(temporary: string): Promise<void> {
  try {
    await rm(temporary, { force: true });
  } catch (error) {
    // Where it cannot be removed it could not be made.
    if (codeOf(error) === null) throw error;
  }
}

/** Names in a folder; empty where it cannot be read: only `init` looks, and it may guess. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return [];
  }
}

export function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
