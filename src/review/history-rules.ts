import { brokenLinkRule } from "./link-rules.js";
import { addName, collisionOf, type NameTable, removeName } from "./name-collisions.js";
import { brokenNameRules } from "./name-rules.js";
import type { CommitChanges, RawChange } from "./raw-diff.js";

/** One reason why a result is refused. `path` is raw text of a worker. */
export interface Violation {
  readonly rule: string;
  readonly commit: string;
  readonly path: string;
}

const ABSENT = "000000";
const LINK = "120000";
const ALLOWED_MODES: ReadonlySet<string> = new Set(["100644", "100755", LINK]);

/**
 * Names, modes and link targets of everything that new commits add or change. Deletions are not judged: getting rid of
 * an old odd name must be possible.
 *
 * Shape: `targets` by blob id, null where the content could not be read as text; `links` all link paths of the last tree.
 */
export function judgeChanges(
  history: readonly CommitChanges[],
  targets: ReadonlyMap<string, string | null>,
  links: ReadonlySet<string>,
): readonly Violation[] {
  const found: Violation[] = [];
  for (const { commit, changes } of history) {
    const inCommit = new Set([...links, ...changes.filter(({ mode }) => mode === LINK).map(({ path }) => path)]);
    for (const change of changes) {
      if (change.mode === ABSENT) continue;
      for (const rule of rulesBrokenBy(change, targets, inCommit)) found.push({ rule, commit, path: change.path });
    }
  }
  return found;
}

function rulesBrokenBy(
  change: RawChange,
  targets: ReadonlyMap<string, string | null>,
  links: ReadonlySet<string>,
): readonly string[] {
  const isLink = change.mode === LINK;
  const names = brokenNameRules(change.path, isLink);
  if (!ALLOWED_MODES.has(change.mode)) return [...names, change.mode === "160000" ? "submodule" : "file_mode"];
  if (!isLink) return names;
  const target = targets.get(change.blob);
  const rule = typeof target === "string" ? brokenLinkRule(change.path, target, links) : "link_unreadable";
  return rule === null ? names : [...names, rule];
}

/**
 * Brings the names of a tree up to a commit made on it, and reports what the commit's additions collide with.
 *
 * Shape: `table` holds the first parent's names and is changed in place.
 */
export function judgeCollisions(table: NameTable, { commit, changes }: CommitChanges): readonly Violation[] {
  for (const { status, path } of changes) if (status === "D") removeName(table, path);
  const added = changes.filter(({ status }) => status === "A");
  for (const { path } of added) addName(table, path);
  return added.flatMap(({ path }) =>
    collisionOf(table, path) === null ? [] : [{ rule: "name_collision", commit, path }],
  );
}
