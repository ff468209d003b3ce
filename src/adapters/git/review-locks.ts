/* Effects: reads changed lock files out of quarantine; the judgement is `review/lock-sources`. */
import { compareSources, hasSources, type SourceChange } from "../../review/lock-sources.js";
import type { RawChange } from "../../review/raw-diff.js";
import type { GitTimes } from "./bare.js";
import { readBlobs, readSizes } from "./blobs.js";
import type { Git } from "./git.js";

/** Units: bytes of one lock file, and files. More is reported as not looked into. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FILES = 10;

/** By path; null = too large, too many or not readable. Lock files of other kinds are left out. */
export async function readLockSources(
  git: Git,
  gitDir: string,
  changes: readonly RawChange[],
  times: GitTimes,
): Promise<ReadonlyMap<string, SourceChange | null>> {
  const locks = changes.filter(({ path }) => hasSources(path));
  if (locks.length === 0) return new Map();
  const looked = locks.slice(0, MOST_FILES).flatMap((lock) => {
    const ids = [
      { mode: lock.oldMode, blob: lock.oldBlob },
      { mode: lock.mode, blob: lock.blob },
    ];
    return ids.filter(({ mode }) => mode.startsWith("100"));
  });
  const sizes = await readSizes(git, gitDir, looked, times);
  const small = [...sizes].filter(([, size]) => size <= MOST_BYTES).map(([blob]) => blob);
  const contents = await readBlobs(git, gitDir, small, times);
  const textOf = (mode: string, blob: string) => (mode === "000000" ? "" : contents.get(blob)?.toString("utf8"));
  return new Map(
    locks.map(({ path, oldMode, oldBlob, mode, blob }) => {
      const [before, after] = [textOf(oldMode, oldBlob), textOf(mode, blob)];
      const isRead = before !== undefined && after !== undefined;
      return [path, isRead ? compareSources(path, before, after) : null] as const;
    }),
  );
}
