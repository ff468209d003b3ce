import { CATEGORIES, type Category } from "./categories.js";
import { type CategoryRules, categorize } from "./categorize.js";
import type { SourceChange } from "./lock-sources.js";
import type { CommitChanges, RawChange } from "./raw-diff.js";

/** What a result would change, as a person reviews it. Paths are raw text of a worker. */
export interface ReviewReport {
  readonly changes: readonly ReviewedChange[];
  /** Categories that occur, in the order of the report; not empty = `accept` needs to be told (today: refuses). */
  readonly flagged: readonly Category[];
}

export interface ReviewedChange {
  readonly path: string;
  readonly status: "added" | "modified" | "deleted" | "type changed";
  readonly categories: readonly Category[];
  /** Of a flagged change: the first commit that gave the path what it has now. */
  readonly commit?: string;
  /** Of a lock file: where its packages come from now and did not before; null = not looked into. */
  readonly sources?: SourceChange | null;
}

/** What is known beyond the difference of the two trees. */
export interface ReportDetails {
  /** Oldest first. */
  readonly history: readonly CommitChanges[];
  /** Of lock files, by path. */
  readonly sources: ReadonlyMap<string, SourceChange | null>;
}

const STATUS = { A: "added", M: "modified", D: "deleted", T: "type changed" } as const;

/** Shape: flagged changes first (by category order), then by path as git sorts. */
export function buildReport(
  changes: readonly RawChange[],
  rules: CategoryRules,
  { history, sources }: ReportDetails = { history: [], sources: new Map() },
): ReviewReport {
  const commits = firstCommits(history);
  const reviewed = changes.map((change): ReviewedChange => {
    const categories = categorize(change, rules);
    const commit = categories.length === 0 ? undefined : commits.get(versionKey(change));
    const source = sources.get(change.path);
    return {
      ...{ path: change.path, status: STATUS[change.status], categories },
      ...(commit === undefined ? {} : { commit }),
      ...(source === undefined ? {} : { sources: source }),
    };
  });
  const rank = ({ categories }: ReviewedChange): number =>
    categories[0] === undefined ? CATEGORIES.length : CATEGORIES.indexOf(categories[0]);
  return {
    changes: reviewed.sort((left, right) => rank(left) - rank(right)),
    flagged: CATEGORIES.filter((category) => reviewed.some(({ categories }) => categories.includes(category))),
  };
}

function firstCommits(history: readonly CommitChanges[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { commit, changes } of history) {
    for (const change of changes) {
      const key = versionKey(change);
      if (!found.has(key)) found.set(key, commit);
    }
  }
  return found;
}

const versionKey = ({ mode, blob, path }: RawChange): string => `${mode} ${blob} ${path}`;
