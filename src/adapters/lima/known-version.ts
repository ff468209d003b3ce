/* Effects: reads the program file of limactl; keeps a small cache in the LIMA_HOME. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { findProgram } from "../doctor/programs.js";
import { isThere } from "../host/files.js";
import { readCache, writeCache } from "./cache-file.js";
import { codeOf, orIfAbsent } from "./fs-errors.js";

/** What is kept of one file. `lima`: its version; null where the file is not limactl itself: then it is asked each time. */
interface Known {
  readonly stamp: string;
  readonly lima: string | null;
}

/** Go writes into each program what it was built from. A wrapper has no such words, and says nothing of what is behind it. */
const BUILT_FROM = "path\tgithub.com/lima-vm/lima/";
const FORMAT = "limaform.limactl";

/**
 * Remembers what `limactl --version` said, for as long as the file that said it stays the same: the question costs a start of
 * limactl, beside a listing of few instances the same again.
 *
 * Only of a file that is Lima's own program. Behind a script, or behind a launcher of several versions, another limactl may
 * come without a trace in it.
 */
export interface KnownVersion {
  /** null where it must be asked. */
  recall(): Promise<string | null>;
  /** A cache: where it cannot be written, the next call asks again. */
  keep(version: string): Promise<void>;
}

/** `home`: real path of the LIMA_HOME. */
export function createKnownVersion(home: string, env: Readonly<Record<string, string | undefined>>): KnownVersion {
  const file = join(home, "_limaform", "limactl.json");
  // Looked at before limactl was asked: a file that was put in its place meanwhile has another stamp.
  let asked: { readonly path: string; readonly stamp: string; readonly isNew: boolean } | null = null;
  return {
    async recall() {
      // A relative folder would be looked for where limactl runs, not here.
      const isPlain = env.PATH?.split(delimiter).every(isAbsolute) === true;
      const path = isPlain ? await findProgram("limactl", env) : null;
      if (path === null) return null;
      const [stamp, known] = await Promise.all([orIfAbsent(stampOf(path), null), readKnown(file)]);
      if (stamp === null) return null;
      asked = { path, stamp, isNew: known?.stamp !== stamp };
      return known?.stamp === stamp ? known.lima : null;
    },
    async keep(version) {
      if (asked?.isNew !== true) return;
      // Nothing of ours is on this host yet, and asking for a version makes nothing.
      if (!(await isThere(dirname(file)))) return;
      const { path, stamp } = asked;
      await writeCache(file, FORMAT, { stamp, lima: (await isItself(path)) ? version : null });
    },
  };
}

/** Of the file at the end of all links. */
async function stampOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}

/** A program that may be run and not read does not tell. */
async function isItself(path: string): Promise<boolean> {
  let tail = "";
  try {
    for await (const chunk of createReadStream(path, { encoding: "latin1", highWaterMark: 1024 ** 2 })) {
      const text = `${tail}${String(chunk)}`;
      if (text.includes(BUILT_FROM)) return true;
      tail = text.slice(-BUILT_FROM.length);
    }
  } catch (error) {
    if (codeOf(error) === null) throw error;
  }
  return false;
}

async function readKnown(file: string): Promise<Known | null> {
  const { stamp, lima } = (await readCache(file, FORMAT)) ?? {};
  if (typeof stamp !== "string" || !(typeof lima === "string" || lima === null)) return null;
  return { stamp, lima };
}
