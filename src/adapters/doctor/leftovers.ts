/* Effects: looks for files that cut-off commands have left, and for times in the future; changes nothing. */
import { readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../host/files.js";
import { isTemporary } from "../store/files.js";

const HOUR_MS = 3_600_000;
/** A folder under the system's temporary one may belong to a command that runs for hours. */
const DAY_MS = 24 * HOUR_MS;

export interface Leftovers {
  /** Paths, sorted. */
  readonly stale: readonly string[];
  /** Latest change of any file that was looked at; 0 = none. Units: ms since the epoch. */
  readonly newestMs: number;
}

/** `states`: folders of ours whose files are looked at, not recursively. */
export async function readLeftovers(states: readonly string[], nowMs: number, uid: number | null): Promise<Leftovers> {
  const ours = (await Promise.all(states.map((folder) => entriesOf(folder)))).flat();
  const temporary = (await entriesOf(tmpdir())).filter(
    ({ name, owner }) => /^limaform-/.test(name) && (uid === null || owner === uid),
  );
  const stale = [
    ...ours.filter(({ name, ms }) => (isTemporary(name) || /\.\d+\.tmp$/.test(name)) && nowMs - ms > HOUR_MS),
    ...temporary.filter(({ ms }) => nowMs - ms > DAY_MS),
  ];
  return { stale: stale.map(({ path }) => path).sort(), newestMs: Math.max(0, ...ours.map(({ ms }) => ms)) };
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly ms: number;
  readonly owner: number;
}

/** What cannot be read is left out: this is only a search for rubbish. */
async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const names = await orNothing(readdir(folder), []);
  const entries = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const found = await orNothing(stat(path), null);
      return found === null ? [] : [{ name, path, ms: found.mtimeMs, owner: found.uid }];
    }),
  );
  return entries.flat();
}

async function orNothing<T, N>(found: Promise<T>, nothing: N): Promise<T | N> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return nothing;
  }
}
