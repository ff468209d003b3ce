/* Effects: reads and writes small files in `<LIMA_HOME>/_limaform` that may be lost at any time. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Fields, isFields } from "./fields.js";
import { codeOf } from "./fs-errors.js";

const VERSION = 1;

/** What is kept in this file; null where nothing is, or what is there cannot be read, is garbled or of another format. */
export async function readCache(file: string, format: string): Promise<Fields | null> {
  const text = await orNothing(readFile(file, "utf8"));
  const value = text === null ? null : jsonFields(text);
  return value?.format === format && value.version === VERSION ? value : null;
}

/** Where there is no room for it, or no right to write it, nothing is kept: the next command finds out again. */
export async function writeCache(file: string, format: string, fields: Fields): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify({ format, version: VERSION, ...fields })}\n`, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    if (codeOf(error) === null) throw error;
    // Where it cannot be removed it could not be made.
    await orNothing(rm(temporary, { force: true }));
  }
}

/** What the system refuses is no failure here. */
async function orNothing<T>(value: Promise<T>): Promise<T | null> {
  try {
    return await value;
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return null;
  }
}

/** A garbled cache is no cache. */
function jsonFields(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
