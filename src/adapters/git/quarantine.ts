/* Effects: one bare repository per worker in the state folder, and commit look-ups in it and in the user's repository. */
import { join, relative } from "node:path";
import { RepositoryError } from "../../errors/errors.js";
import type { Store } from "../../ports/host.js";
import { exists, type GitTimes, locateObjects, openBare, whichExist } from "./bare.js";
import { type Git, isObjectId } from "./git.js";

/**
 * What came from workers, each worker's apart, never in the user's repository. It also keeps the synthetic base commits
 * (`refs/limaform/base/ID`), so that a result can be compared with what was sent.
 *
 * Refs: `refs/limaform/result/RUN/SLOT`, `refs/limaform/refused/RUN/SLOT`, `refs/limaform/base/ID`.
 */
export interface Quarantines {
  /** Path of the worker's quarantine, whether it exists or not. Errors: REPO_NAME for a name that is no instance's. */
  path(instance: string): string;
  /** Makes it if absent; it reads the objects of the repository at `root` through alternates. null: there is none. */
  open(instance: string, root: string | null, options: GitTimes): Promise<string>;
  /** Those commits that the user's repository or the worker's quarantine holds, or that the user threw away. */
  known(request: KnownRequest, options: GitTimes): Promise<ReadonlySet<string>>;
  /** Notes commits that the user threw away: the worker's copies of them are no work any more. */
  noteDiscarded(instance: string, commits: readonly string[]): Promise<void>;
  remove(instance: string): Promise<void>;
  /** Instances that have one, sorted. */
  list(): Promise<readonly string[]>;
}

export interface KnownRequest {
  readonly instance: string;
  /** Work tree of the user; null outside a repository. */
  readonly root: string | null;
  readonly commits: readonly string[];
}

export function createQuarantines(git: Git, store: Store): Quarantines {
  const path = (instance: string): string => {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(instance)) {
      throw new RepositoryError("REPO_NAME", `"${instance.slice(0, 60)}" cannot be the name of an instance`);
    }
    return join(store.root, "quarantine", `${instance}.git`);
  };
  return {
    path,
    async open(instance, root, options) {
      const gitDir = path(instance);
      await store.folder("quarantine");
      const host = root === null ? ALONE : await locateObjects(git, root, options);
      await openBare(git, gitDir, { ...host, alternates: root === null ? [] : [host.objects] }, options);
      return gitDir;
    },
    async known({ instance, root, commits }, options) {
      const gitDir = path(instance);
      const discarded = new Set(await readDiscarded(store, instance));
      const found = new Set(commits.filter((id) => discarded.has(id)));
      const places = [
        ...(root === null ? [] : [(await locateObjects(git, root, options)).commonDir]),
        ...((await exists(gitDir)) ? [gitDir] : []),
      ];
      for (const place of places) {
        for (const id of await whichExist(git, place, commits, options)) found.add(id);
      }
      return found;
    },
    async noteDiscarded(instance, commits) {
      const all = new Set([...(await readDiscarded(store, instance)), ...commits]);
      await store.writeText(discardedFile(instance), [...all].map((id) => `${id}\n`).join(""));
    },
    async remove(instance) {
      await store.remove(relative(store.root, path(instance)));
      await store.remove(discardedFile(instance));
    },
    async list() {
      const names = await store.list("quarantine");
      return names.filter((name) => name.endsWith(".git")).map((name) => name.slice(0, -".git".length));
    },
  };
}

/** For a folder that is no repository. */
const ALONE = { format: "sha1", shallow: [], objects: "" } as const;

function discardedFile(instance: string): string {
  return join("quarantine", `${instance}.discarded`);
}

async function readDiscarded(store: Store, instance: string): Promise<readonly string[]> {
  return ((await store.readText(discardedFile(instance))) ?? "").split("\n").filter(isObjectId);
}
