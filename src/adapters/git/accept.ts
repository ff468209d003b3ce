/* Effects: makes a branch in the user's repository out of a reviewed result: objects and one ref, nothing else. */
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import { escapeLine, escapeText } from "../../util/escape.js";
import { type AcceptParts, identity, makeCommit } from "./accept-commit.js";
import { type GitTimes, type HostObjects, locateObjects, whichExist } from "./bare.js";
import type { GitCall } from "./git.js";
import { hookFolders } from "./host-hooks.js";
import { importObjects } from "./import-pack.js";
import type { ResultRecord } from "./result-record.js";
import { type Review, reviewResult } from "./review-objects.js";

const LISTING = 256 * 1024 * 1024;

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
  const review = await reviewAgain(parts, { top: host.top, commit }, times);
  if (parts.keepCommits) await refuseOddTexts(parts, times);
  const branch = `limaform/${record.id}`;
  const { gitDir, scratch } = parts;
  await importObjects(git, { gitDir, host, want: [commit], have: [parent], scratch }, times);
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

/** Kept commits bring names, messages and headers of the worker into every later `git log`, which shows them raw. */
async function refuseOddTexts({ git, gitDir, record }: AcceptParts, times: GitTimes): Promise<void> {
  const texts = ["log", "-z", "--no-show-signature", "--no-decorate", "--encoding=UTF-8"];
  const range = [record.tip, `^${record.parent}`];
  const call = { ...times, maxOutputBytes: LISTING };
  // As a log shows them, in the user's encoding, and as they are.
  const shown = await git.neutral(gitDir, [...texts, "--format=%H %an %ae %cn %ce%n%B", ...range], call);
  const raw = await git.neutral(gitDir, [...texts, "--format=raw", ...range], call);
  const all = [...shown.stdout.split("\0"), ...raw.stdout.split("\0")];
  const odd = all.find((text) => escapeText(text) !== text.replaceAll("\r\n", "\n"));
  if (odd === undefined) return;
  const [id = ""] = /[0-9a-f]{40,64}/u.exec(odd) ?? [];
  throw new ReviewError(
    "REVIEW_KEEP_COMMITS",
    `Commit ${id.slice(0, 8)} of ${record.id} holds characters that a terminal obeys or hides, so its text is not kept`,
    {
      hint: `Take the work over as one commit: limaform results accept ${record.id}`,
    },
  );
}

/** What a line of work is judged and named by. */
export interface Judged extends Omit<AcceptParts, "record"> {
  readonly record: Pick<ResultRecord, "id" | "instance" | "tip" | "parent" | "specFiles">;
}

/** The gate: what is about to be imported is judged once more, whatever the record says. */
export async function reviewAgain(
  { git, gitDir, record, allow }: Judged,
  { top, commit }: { readonly top: string | null; readonly commit: string },
  times: GitTimes,
): Promise<Review> {
  const rules = { specFiles: record.specFiles, hookFolders: top === null ? [] : await hookFolders(git, top, times) };
  const review = await reviewResult(git, { gitDir, base: record.parent, tip: commit, rules }, times);
  const first = review.violations[0];
  if (first !== undefined) {
    throw new ReviewError("REVIEW_REFUSED", `${record.id} breaks the rule ${first.rule}: ${escapeLine(first.path)}`, {
      hint: `Look at it: limaform results show ${record.id}`,
    });
  }
  const open = review.report.flagged.filter((category) => !allow.includes(category));
  if (open.length > 0) {
    const paths = review.report.changes
      .filter(({ categories }) => categories.some((category) => open.includes(category)))
      .map(({ path }) => escapeLine(path));
    throw new ReviewError(
      "REVIEW_FLAGGED",
      `${record.id} changes files that could execute on this host (${open.join(", ")}): ${paths.slice(0, 10).join(", ")}`,
      {
        hint: `Look at them: limaform results show ${record.id}; then allow them by name: limaform results accept ${record.id} --allow ${review.report.flagged.join(",")}`,
        details: { flagged: [...open], paths },
      },
    );
  }
  return review;
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
