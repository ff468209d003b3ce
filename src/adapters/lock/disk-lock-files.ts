import { link, lstat, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StoreError } from "../../errors/errors.js";
import { quoteWord } from "../../util/shell-quote.js";
import { ifThere, makeFolder, writeTemporary } from "../store/files.js";
import { errnoOf } from "../store/store-errors.js";
import type { LockFiles } from "./take.js";

function leadsNowhere(path: string): StoreError {
  return new StoreError("STORE_DAMAGED", `${path} should be a lock, and is a link that leads nowhere`, {
    hint: `limaform makes no links there: look where it leads: ls -l ${quoteWord(path)}; where no limaform is at work: rm ${quoteWord(path)}`,
    details: { path },
  });
}

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
    async read(path) {
      const text = await ifThere(readFile(path, "utf8"));
      // Neither a lock nor a free name: it could be taken by nobody, and nobody would know of whom it speaks.
      if (text === null && (await ifThere(lstat(path)))?.isSymbolicLink() === true) throw leadsNowhere(path);
      return text;
    },
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
