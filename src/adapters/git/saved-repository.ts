/* Effects: the bare repository `saved.git` in the state folder. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../ports/host.js";
import { exists, type GitTimes, type HostObjects, locateObjects, openBare, whichExist, writePack } from "./bare.js";
import type { Git } from "./git.js";
import type { Quarantines } from "./quarantine.js";
import { withTemporaryFolder } from "./temporary.js";

/**
 * Saved work, complete in itself: it borrows no object from a checkout or quarantine, which may be gone tomorrow.
 *
 * Refs: `refs/limaform/save/N/K`. A commit counts as saved only while one of them reaches it.
 */
export interface SavedRepository {
  readonly gitDir: string;
  open(format: HostObjects["format"], shallow: readonly string[], times: GitTimes): Promise<void>;
  isThere(): Promise<boolean>;
  /** Those of the commits that a save's ref reaches. */
  reachable(commits: readonly string[], times: GitTimes): Promise<ReadonlySet<string>>;
  /** Takes commits of this host over with all that they reach. Those that are nowhere here are left out. */
  importBases(request: ImportRequest, times: GitTimes): Promise<void>;
  /** Points refs at objects, all of them or none; those that are there already may be the same. */
  point(refs: ReadonlyMap<string, string>, times: GitTimes): Promise<void>;
  /** Removes all refs below a prefix, and what only they kept. */
  drop(prefix: string, times: GitTimes): Promise<void>;
}

export interface ImportRequest {
  readonly instance: string;
  /** Work tree of the user; null outside a repository. */
  readonly root: string | null;
  readonly commits: readonly string[];
  readonly format: HostObjects["format"];
}

const REFS = "refs/limaform/save";

export function createSavedRepository(git: Git, store: Store, quarantines: Quarantines): SavedRepository {
  const gitDir = join(store.root, "saved.git");
  const objects = join(gitDir, "objects");
  const isThere = () => exists(join(gitDir, "HEAD"));
  const listRefs = async (prefix: string, times: GitTimes): Promise<readonly string[]> => {
    const listed = await git.neutral(gitDir, ["for-each-ref", "--format=%(refname)", prefix], times);
    return listed.stdout.split("\n").filter((line) => line !== "");
  };
  return {
    gitDir,
    isThere,
    async open(format, shallow, times) {
      await store.folder("saves");
      await openBare(git, gitDir, { format, shallow, alternates: [] }, times);
    },
    async reachable(commits, times) {
      if (commits.length === 0 || !(await isThere())) return new Set();
      const here = await whichExist(git, gitDir, commits, times);
      if (here.size === 0) return here;
      const stdin = [...here].map((id) => `${id}\n`).join("");
      // An object can be here without being kept: a save that was cut off.
      const loose = await git.neutral(gitDir, ["rev-list", "--stdin", "--not", `--glob=${REFS}/*`], {
        ...times,
        stdin,
      });
      const lost = new Set(loose.stdout.split("\n"));
      return new Set([...here].filter((id) => !lost.has(id)));
    },
    async importBases({ instance, root, commits, format }, times) {
      const host = root === null ? null : await locateObjects(git, root, times);
      const quarantine = join(quarantines.path(instance), "objects");
      const alternates = [
        ...(host === null ? [] : [host.objects]),
        ...((await exists(quarantine)) ? [quarantine] : []),
      ];
      if (alternates.length === 0 || commits.length === 0) return;
      await withTemporaryFolder(await store.folder("tmp"), async (folder) => {
        const source = join(folder, "source.git");
        await openBare(
          git,
          source,
          { format, shallow: host?.shallow ?? [], alternates: [...alternates, objects] },
          times,
        );
        const want = await whichExist(git, source, commits, times);
        if (want.size === 0) return;
        const have = await git.neutral(gitDir, ["for-each-ref", "--format=%(objectname)", REFS], times);
        const pack = await writePack(git, source, { want: [...want], have: have.stdout.split("\n"), folder }, times);
        if (pack === null) return;
        await git.neutral(gitDir, ["index-pack", "--stdin"], { ...times, stdin: createReadStream(pack) });
      });
    },
    async point(refs, times) {
      const stdin = [...refs].map(([ref, id]) => `update ${ref}\0${id}\0\0`).join("");
      await git.neutral(gitDir, ["update-ref", "-z", "--stdin"], { ...times, stdin });
    },
    async drop(prefix, times) {
      if (!(await isThere())) return;
      const stdin = (await listRefs(prefix, times)).map((ref) => `delete ${ref}\0\0`).join("");
      await git.neutral(gitDir, ["update-ref", "-z", "--stdin"], { ...times, stdin });
      await git.neutral(gitDir, ["repack", "-a", "-d", "-l", "-q"], times);
      await git.neutral(gitDir, ["prune", "--expire=now"], times);
    },
  };
}
