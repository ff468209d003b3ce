/* Effects: gives the output of runs to a folder of the user's. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, constants, copyFile, mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { StoreError } from "../../errors/errors.js";
import { explainErrno } from "../store/store-errors.js";
import { isThere } from "./files.js";

export const OUTPUT_FILES = ["transcript.log", "stdout.log", "stderr.log"] as const;

/** Before a run takes hours: there is such a folder, and files can be made in it. Errors: STORE_OUTPUT. */
export async function proveOutputFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { why, hint } = explainErrno(error, folder);
    const message = `no output could be written to ${folder}: ${why}`;
    throw new StoreError("STORE_OUTPUT", message, { hint, details: { path: folder }, cause: error });
  }
}

/** What a file is called until it is whole. */
export const partialName = (name: string): string => `.${name}.part`;

/**
 * Copies what is there; a copy shares its blocks where the file system can. `keepsEqual`: what was copied before and has
 * the same size is left as it is, because output only grows. `keepsOthers`: what is there and is no beginning of it stays.
 * Errors: STORE_OUTPUT.
 */
export async function copyOutput(
  from: string,
  to: string,
  { keepsEqual, keepsOthers }: { readonly keepsEqual: boolean; readonly keepsOthers: boolean },
): Promise<void> {
  try {
    await mkdir(to, { recursive: true });
    for (const name of OUTPUT_FILES) {
      if (!(await isThere(join(from, name)))) continue;
      if (keepsEqual && (await isEqual(join(from, name), join(to, name)))) continue;
      if (keepsOthers && !(await isBeginning(join(from, name), join(to, name)))) continue;
      // Whole or not at all, also when somebody looks at the folder meanwhile.
      const temporary = join(to, partialName(name));
      await copyFile(join(from, name), temporary, constants.COPYFILE_FICLONE);
      await rename(temporary, join(to, name));
    }
  } catch (error) {
    const { why, hint } = explainErrno(error, to);
    throw new StoreError("STORE_OUTPUT", `the output could not be written to ${to}: ${why}`, {
      hint: `${hint}; the output itself is kept in ${from}`,
      details: { path: to, kept: from },
      cause: error,
    });
  }
}

async function isEqual(left: string, right: string): Promise<boolean> {
  return (await isThere(right)) && (await stat(left)).size === (await stat(right)).size;
}

/** Also where nothing is there. */
async function isBeginning(whole: string, begin: string): Promise<boolean> {
  if (!(await isThere(begin))) return true;
  const { size } = await stat(begin);
  if (size > (await stat(whole)).size) return false;
  return size === 0 || (await hashOf(whole, size)) === (await hashOf(begin, size));
}

async function hashOf(file: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { end: bytes - 1 }), hash);
  return hash.digest("hex");
}
