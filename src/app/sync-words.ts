import { realOrSame } from "../adapters/host/files.js";
import { UsageError } from "../errors/errors.js";
import type { SourceFacts } from "../world/sources.js";
import type { Fleet } from "./fleet.js";
import { pathIn } from "./path-in.js";
import type { AppSession } from "./session.js";
import type { KnownWorkers } from "./shell.js";
import { chooseWorkers, type Worker } from "./workers.js";

/** Of a worker that stands on the commit, or has the files, already. */
export const hasCommit = (commit: string): string => `has commit ${commit.slice(0, 8)}`;
export const hasFiles = (count: number): string => `has all ${count} files`;

/** `1`, `1-3`, `1,4`, `all`. */
const SLOTS = /^(all|\d{1,9}(-\d{1,9})?)(,(all|\d{1,9}(-\d{1,9})?))*$/u;

/** Which of the words are workers; the others are paths. No worker named = all. Errors: USAGE_UNKNOWN_WORKER. */
export function splitWords<Named extends Pick<Worker, "slot" | "instance" | "address">>(
  { workers, unread }: { readonly workers: readonly Named[]; readonly unread: KnownWorkers["unread"] },
  typed: readonly string[],
): { readonly workers: readonly Named[]; readonly words: readonly string[] } {
  const isWorker = (word: string): boolean =>
    SLOTS.test(word) || [...workers, ...unread].some(({ instance, address }) => word === instance || word === address);
  return {
    workers: chooseWorkers(workers, typed.filter(isWorker), unread),
    words: typed.filter((word) => !isWorker(word)),
  };
}

/**
 * Paths from the top of the code, as typed from here, else those of the spec. Empty = all of it.
 *
 * Errors: USAGE_PATHS_WITH_GIT, USAGE_PATH_OUTSIDE.
 */
export async function pathsOf(
  { options }: AppSession,
  fleet: Fleet,
  { code, typed }: { readonly code: SourceFacts["repository"]; readonly typed: readonly string[] },
): Promise<readonly string[]> {
  if (code.kind !== "files") {
    if (typed.every((path) => path === ".")) return [];
    throw new UsageError(
      "USAGE_PATHS_WITH_GIT",
      `in git mode sync brings whole commits, not ${typed.join(" ")} alone`,
      {
        hint: "commit what is to go in, then: limaform sync",
      },
    );
  }
  const { spec } = fleet.loaded;
  const fallback = spec.values["sync.to.default_paths"];
  const from = typed.length > 0 ? await realOrSame(options.cwd) : await realOrSame(spec.root);
  const wanted = typed.length > 0 ? typed : Array.isArray(fallback) ? fallback.map(String) : [];
  const paths = wanted.map((path) => pathIn(code.root, from, path));
  return paths.includes(".") ? [] : [...new Set(paths)].sort();
}
