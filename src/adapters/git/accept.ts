/* Effects: makes a branch in the user's repository out of a reviewed result: objects and one ref, nothing else. */
import { createReadStream } from "node:fs";
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import { type GitTimes, type HostObjects, locateObjects, whichExist, writePack } from "./bare.js";
import type { Git, GitCall } from "./git.js";
import { hookFolders } from "./host-hooks.js";
import type { ResultRecord } from "./result-record.js";
import { type Review, reviewResult } from "./review-objects.js";
import { withTemporaryFolder } from "./temporary.js";

export interface AcceptParts {
  readonly git: Git;
  readonly gitDir: string;
  readonly record: ResultRecord;
  readonly root: string;
  readonly keepCommits: boolean;
  /** Folder for temporary packs. */
  readonly scratch: string;
}

export interface Accepted {
  readonly branch: string;
  readonly commit: string;
  readonly files: number;
}

/** Source: design page §7, "Accept". Errors: see the port. */
export async function acceptResult(parts: AcceptParts, times: GitTimes): Promise<Accepted> {
  const { git, record } = parts;
  const host = await locateObjects(git, parts.root, times);
  const parent = record.parent;
  await checkParent(parts, host, times);
  const commit = parts.keepCommits ? keepTip(record) : await makeCommit(parts, times);
  const review = await reviewAgain(parts, { host, commit }, times);
  const branch = `limaform/${record.id}`;
  await importCommit(parts, { host, commit, parent }, times);
  await makeBranch(parts, { host, branch, commit }, times);
  return { branch, commit, files: review.report.changes.length };
}

async function checkParent({ git, record }: AcceptParts, host: HostObjects, times: GitTimes): Promise<void> {
  if ((await whichExist(git, host.commonDir, [record.parent], times)).size > 0) return;
  throw new ReviewError(
    "REVIEW_BASE_GONE",
    `The repository no longer has commit ${record.parent}, which ${record.id} began on`,
    {
      hint: "Bring it back (git reflog), then accept again",
      details: { parent: record.parent },
    },
  );
}

function keepTip(record: ResultRecord): string {
  if (record.base === record.parent) return record.tip;
  throw new ReviewError(
    "REVIEW_KEEP_COMMITS",
    `The commits of ${record.id} stand on your uncommitted files, so they cannot be kept`,
    {
      hint: `Take the work over as one commit: limaform results accept ${record.id}`,
    },
  );
}

/** One commit by the user on top of what the run began on, without the carried uncommitted files. */
async function makeCommit(parts: AcceptParts, times: GitTimes): Promise<string> {
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
function identity(name: string, email: string, date: string | null): Record<string, string> {
  return {
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email },
    ...(date === null ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
  };
}

/** The gate: what is about to be imported is judged once more, whatever the record says. */
async function reviewAgain(
  { git, gitDir, record }: AcceptParts,
  { host, commit }: { readonly host: HostObjects; readonly commit: string },
  times: GitTimes,
): Promise<Review> {
  const rules = { specFiles: record.specFiles, hookFolders: await hookFolders(git, host.top, times) };
  const review = await reviewResult(git, { gitDir, base: record.parent, tip: commit, rules }, times);
  const first = review.violations[0];
  if (first !== undefined) {
    throw new ReviewError("REVIEW_REFUSED", `${record.id} breaks the rule ${first.rule}: ${escapeLine(first.path)}`, {
      hint: `Look at it: limaform results show ${record.id}`,
    });
  }
  if (review.report.flagged.length > 0) {
    const paths = review.report.changes
      .filter(({ categories }) => categories.length > 0)
      .map(({ path }) => escapeLine(path));
    throw new ReviewError(
      "REVIEW_FLAGGED",
      `${record.id} changes files that could execute on this host (${review.report.flagged.join(", ")}): ${paths.slice(0, 10).join(", ")}`,
      {
        hint: `This version cannot take such changes over. Look at them: limaform results show ${record.id}`,
        details: { flagged: [...review.report.flagged], paths },
      },
    );
  }
  return review;
}

async function importCommit(
  { git, gitDir, scratch }: AcceptParts,
  { host, commit, parent }: { readonly host: HostObjects; readonly commit: string; readonly parent: string },
  times: GitTimes,
): Promise<void> {
  await withTemporaryFolder(scratch, async (folder) => {
    const pack = await writePack(git, gitDir, { want: [commit], have: [parent], folder }, times);
    if (pack === null) return;
    await git.neutral(host.commonDir, ["index-pack", "--stdin", "--strict"], {
      ...times,
      stdin: createReadStream(pack),
    });
  });
}

async function makeBranch(
  { git, record }: AcceptParts,
  { host, branch, commit }: { readonly host: HostObjects; readonly branch: string; readonly commit: string },
  times: GitTimes,
): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const call: GitCall = { ...times, env: identity("limaform", "limaform@localhost", null) };
  try {
    const absent = "0".repeat(commit.length);
    await git.neutral(host.commonDir, ["update-ref", "-m", `limaform: accept ${record.id}`, ref, commit, absent], call);
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code !== "REPO_GIT_FAILED") throw error;
    throw new ReviewError("REVIEW_BRANCH_TAKEN", `The branch ${branch} could not be made: ${error.message}`, {
      hint: `Look what is in the way: git branch --list ${branch} limaform`,
      cause: error,
    });
  }
}
