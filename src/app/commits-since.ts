import type { SourceFacts } from "../world/sources.js";
import type { World } from "../world/world.js";
import type { AppSession } from "./session.js";

const LIMIT_MS = 10_000;

/** How far HEAD went since the commits that images were built from, where that is another one. */
export async function commitsSince(
  { repository, interrupt }: AppSession,
  { repository: facts }: SourceFacts,
  { instances }: World,
  project: string,
): Promise<Readonly<Record<string, number>>> {
  if (facts.kind !== "git" || facts.head === null) return {};
  const own = instances.filter(({ marks }) => marks.kind === "marks" && marks.marks.project === project);
  const built = own.flatMap(({ build }) => build?.done.filter(({ name }) => name === "push") ?? []);
  const commits = new Set(
    built.flatMap(({ version }) => (version === null || version === facts.head ? [] : [version])),
  );
  const options = { signal: interrupt.first, timeoutMs: LIMIT_MS };
  const counts = await Promise.all(
    [...commits].map(async (commit) => [commit, await repository.commitsSince(facts.root, commit, options)] as const),
  );
  return Object.fromEntries(counts.flatMap(([commit, count]) => (count === null ? [] : [[commit, count]])));
}
