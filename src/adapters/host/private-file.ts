import { dirname } from "node:path";
import { makeFolder, replaceFile } from "../store/files.js";
import { toStoreError } from "../store/store-errors.js";

/** Writes a file of the user's configuration whole or not at all, readable by the user alone. Errors: STORE_…. */
export async function writePrivate(path: string, text: string, random: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await replaceFile(path, text, random);
  } catch (error) {
    throw toStoreError(error, "write", path);
  }
}
