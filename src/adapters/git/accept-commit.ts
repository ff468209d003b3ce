/* Effects: makes the accepted commit in quarantine, by the user, out of what a worker left. */
import { ReviewError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";
import type { ResultRecord } from "./result-record.js";

export interface AcceptParts {
  readonly git: Git;
  readonly gitDir: string;
  readonly record: ResultRecord;
  readonly root: string;
  readonly keepCommits: boolean;
  /** Report categories that the user allows by name. */
  readonly allow: readonly string[];
  /** Folder for temporary packs. */
  readonly scratch: string;
}

/** One commit by the user on top of what the run began on, without the carried uncommitted files. */
export async function makeCommit(parts: AcceptParts, times: GitTimes): Promise<string> {
  const { git, gitDir, record } = parts;
  const tree = record.base === record.parent ? `${record.tip}^{tree}` : await mergeTrees(parts, times);
  const author = await readIdentity(parts, times);
  const resolve = ["rev-parse", tree, `${record.parent}^{tree}`];
  const [wanted = "", before = ""] = (await git.neutral(gitDir, resolve, times)).stdout.split("\n");
  if (wanted === before) {
    throw new ReviewError("REVIEW_NOTHING", `${record.id} changes nothing in the end`, {
      hint: `Drop it: limaform results discard ${record.id}`,
    });
  }
  const message = `Work of run ${record.run}, worker ${record.slot}\n\nLimaform-Run: ${record.id}\n`;
  const make = ["commit-tree", wanted, "-p", record.parent];
  return (await git.neutral(gitDir, make, { ...times, env: author, stdin: message })).stdout.trim();
}

/**
 * Three-way: from the base with the carried files to the worker's tip, onto the commit without them.
 *
 * The three trees get commits of our own, because older git finds the base of a merge by history alone.
 */
async function mergeTrees({ git, gitDir, record }: AcceptParts, times: GitTimes): Promise<string> {
  const env = identity("limaform", "limaform@localhost", "@0 +0000");
  const standIn = async (commit: string, parent: string | null): Promise<string> => {
    const make = ["commit-tree", `${commit}^{tree}`, ...(parent === null ? [] : ["-p", parent])];
    return (await git.neutral(gitDir, make, { ...times, env, stdin: "stand-in\n" })).stdout.trim();
  };
  const base = await standIn(record.base, null);
  const ours = await standIn(record.parent, base);
  const theirs = await standIn(record.tip, base);
  const merge = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
  const merged = await git.neutral(gitDir, merge, { ...times, exitCodes: [0, 1, 129] });
  if (merged.exitCode === 129) {
    throw new ReviewError("REVIEW_GIT_TOO_OLD", "This git cannot merge without a work tree (2.38 or newer is needed)", {
      hint: "Upgrade git, then check it with: git --version",
    });
  }
  const [tree = "", ...names] = merged.stdout.split("\0").filter((field) => field !== "");
  if (merged.exitCode === 0) return tree;
  const paths = [...new Set(names)].map(escapeLine);
  throw new ReviewError(
    "REVIEW_CONFLICT",
    `${record.id} changes what you had uncommitted as well: ${paths.slice(0, 10).join(", ")}`,
    {
      hint: `Commit your own changes first, run again, then accept. To look at it: limaform results show ${record.id}`,
      details: { paths },
    },
  );
}

async function readIdentity({ git, root, record }: AcceptParts, times: GitTimes): Promise<Record<string, string>> {
  const read = async (key: string): Promise<string> => {
    const found = await git.inTree(root, ["config", key], { ...times, exitCodes: [0, 1] });
    return found.stdout.trim();
  };
  const [name, email] = [await read("user.name"), await read("user.email")];
  if (name !== "" && email !== "") return identity(name, email, null);
  throw new ReviewError(
    "REVIEW_NO_IDENTITY",
    `${record.id} becomes a commit of yours, but git does not know who you are`,
    {
      hint: 'Tell it: git config --global user.name "…" && git config --global user.email …',
    },
  );
}

/** Author and committer for a commit of ours; `date` null = now. */
export function identity(name: string, email: string, date: string | null): Record<string, string> {
  return {
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email },
    ...(date === null ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
  };
}
