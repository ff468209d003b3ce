import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, readdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StoreError } from "../../errors/errors.js";

/* Files of the user's on the host: the spec, the images it names, plans that were asked for. */

/** Null when there is no such file. Errors: STORE_READ. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw new StoreError("STORE_READ", `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Real path; the path itself where nothing is there yet. */
export async function realOrSame(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return path;
    throw new StoreError("STORE_READ", `${path} cannot be followed: ${messageOf(error)}`, { cause: error });
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
    throw new StoreError("STORE_WRITE", `${path} cannot be written: ${messageOf(error)}`, {
      hint: "choose a folder that exists and that you may write to",
      cause: error,
    });
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
