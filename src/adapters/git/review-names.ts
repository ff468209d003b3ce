/* Effects: lists names of trees in quarantine. */
import { ReviewError } from "../../errors/errors.js";
import { judgeCollisions, type Violation } from "../../review/history-rules.js";
import { addName, createNameTable, type NameTable } from "../../review/name-collisions.js";
import type { CommitChanges } from "../../review/raw-diff.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";

const LISTING = 256 * 1024 * 1024;
/** How often the names of a whole tree may be listed for a history with many side branches. */
const MAX_LISTINGS = 200;

export interface History {
  /** `commit parent…` lines, parents before children. */
  readonly commits: readonly string[];
  readonly history: readonly CommitChanges[];
}

/** Follows the names commit by commit along first parents; where the line breaks, they are listed anew. */
export async function judgeNames(
  git: Git,
  gitDir: string,
  { commits, history }: History,
  times: GitTimes,
): Promise<readonly Violation[]> {
  const againstFirstParent = new Map<string, CommitChanges>();
  for (const group of history) if (!againstFirstParent.has(group.commit)) againstFirstParent.set(group.commit, group);
  const found: Violation[] = [];
  let table: NameTable | null = null;
  let tableOf = "";
  let listings = 0;
  for (const line of commits) {
    const [commit = "", parent = ""] = line.split(" ");
    const group = againstFirstParent.get(commit) ?? { commit, changes: [] };
    if (table === null || tableOf !== parent) {
      if (!group.changes.some(({ status }) => status === "A")) continue;
      listings += 1;
      if (listings > MAX_LISTINGS) throw tooLarge("its history has too many side branches");
      table = parent === "" ? createNameTable() : await listNames(git, gitDir, parent, times);
    }
    found.push(...judgeCollisions(table, group));
    tableOf = commit;
  }
  return found;
}

async function listNames(git: Git, gitDir: string, commit: string, times: GitTimes): Promise<NameTable> {
  const list = ["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit];
  const table = createNameTable();
  const names = (await git.neutral(gitDir, list, { ...times, maxOutputBytes: LISTING })).stdout.split("\0");
  for (const name of names) if (name !== "") addName(table, name);
  return table;
}

/** Errors: it makes one, REVIEW_TOO_LARGE. */
export function tooLarge(why: string): ReviewError {
  return new ReviewError("REVIEW_TOO_LARGE", `What came back is too large to be reviewed: ${why}`, {
    hint: "Let the worker squash its history, or discard the result",
  });
}
