import { link, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ifThere, makeFolder, writeTemporary } from "../store/files.js";
import { errnoOf } from "../store/store-errors.js";
import type { LockFiles } from "./take.js";

/**
 * Locks as files. Content is complete before a name shows it: `link` fails where the name is taken, `rename` replaces.
 * Names are not synced: after a power cut the boot id tells that every holder is dead.
 */
export function createDiskLockFiles(random: () => string): LockFiles {
  return {
    async create(path, text) {
      await makeFolder(dirname(path));
      const temporary = await writeTemporary(path, text, random());
      try {
        await link(temporary, path);
        return true;
      } catch (error) {
        if (errnoOf(error) === "EEXIST") return false;
        throw error;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    read: (path) => ifThere(readFile(path, "utf8")),
    async replace(path, text) {
      await rename(await writeTemporary(path, text, random()), path);
    },
    remove: (path) => rm(path, { force: true }),
    async beside(path) {
      const names = (await ifThere(readdir(dirname(path)))) ?? [];
      return names.filter((name) => name.startsWith(basename(path))).map((name) => join(dirname(path), name));
    },
  };
}
