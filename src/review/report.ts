import { CATEGORIES, type Category } from "./categories.js";
import { type CategoryRules, categorize } from "./categorize.js";
import type { RawChange } from "./raw-diff.js";

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
}

const STATUS = { A: "added", M: "modified", D: "deleted", T: "type changed" } as const;

/** Shape: flagged changes first (by category order), then by path as git sorts. */
export function buildReport(changes: readonly RawChange[], rules: CategoryRules): ReviewReport {
  const reviewed = changes.map((change) => ({
    path: change.path,
    status: STATUS[change.status],
    categories: categorize(change, rules),
  }));
  const rank = ({ categories }: ReviewedChange): number =>
    categories[0] === undefined ? CATEGORIES.length : CATEGORIES.indexOf(categories[0]);
  return {
    changes: reviewed.sort((left, right) => rank(left) - rank(right)),
    flagged: CATEGORIES.filter((category) => reviewed.some(({ categories }) => categories.includes(category))),
  };
}
