/* Effects: keeps a small cache in the LIMA_HOME. */
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { sha256Hex } from "../../util/digest.js";
import { isThere } from "../host/files.js";
import { readCache, writeCache } from "./cache-file.js";
import { type Fields, isFields, listAt, textAt } from "./fields.js";

const FORMAT = "limaform.yaml";
/** Texts of images and workers, of two projects or of an update; more are parsed again. */
const MOST = 8;

/**
 * Remembers what a text of YAML holds, by its digest: the package that parses it takes longer to be read and to parse the one
 * text that all clones share than a plan of few instances takes for all else that it does with them.
 *
 * What it says decides what may be started, so it counts only whole: each value has a digest of its own, and one that JSON
 * does not give back as it was is not kept.
 */
export interface KnownYaml {
  /** Reads what earlier commands kept; before it nothing is known. */
  recall(): Promise<void>;
  /** null: it must be parsed. */
  find(text: string): Fields | null;
  note(text: string, fields: Fields): void;
  /** A cache: where it cannot be written, the next command parses again. */
  keep(): Promise<void>;
}

interface Entry {
  readonly of: string;
  readonly is: string;
  readonly json: string;
}

/** `home`: real path of the LIMA_HOME. */
export function createKnownYaml(home: string): KnownYaml {
  const file = join(home, "_limaform", "yaml.json");
  /** The last used last. */
  const entries = new Map<string, Entry>();
  let isNew = false;
  let recalling: Promise<void> | null = null;
  const recall = async (): Promise<void> => {
    for (const entry of listAt((await readCache(file, FORMAT)) ?? {}, "texts")) {
      if (!isFields(entry)) continue;
      const [of, is, json] = [textAt(entry, "of"), textAt(entry, "is"), textAt(entry, "json")];
      if (is === sha256Hex(json)) entries.set(of, { of, is, json });
    }
  };
  return {
    // Later looks of a command know what the first one read, and more.
    recall: () => (recalling ??= recall()),
    find(text) {
      const of = sha256Hex(text);
      const known = entries.get(of);
      if (known === undefined) return null;
      entries.delete(of);
      entries.set(of, known);
      const value: unknown = JSON.parse(known.json);
      return isFields(value) ? value : null;
    },
    note(text, fields) {
      const json = JSON.stringify(fields);
      if (!isDeepStrictEqual(JSON.parse(json), fields)) return;
      const of = sha256Hex(text);
      entries.set(of, { of, is: sha256Hex(json), json });
      isNew = true;
    },
    async keep() {
      // Nothing of ours is on this host yet, and a look makes nothing.
      if (!isNew || !(await isThere(dirname(file)))) return;
      isNew = false;
      await writeCache(file, FORMAT, { texts: [...entries.values()].slice(-MOST) });
    },
  };
}
