/* Effects: reads a result's history out of quarantine with git; the judgement is `review/`. */
import type { CategoryRules } from "../../review/categorize.js";
import type { Violation } from "../../review/history-rules.js";
import { type CommitChanges, parseRawDiff, type RawChange } from "../../review/raw-diff.js";
import { buildReport, type ReviewReport } from "../../review/report.js";
import { escapeLine } from "../../util/escape.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";
import { judgeContents } from "./review-contents.js";
import { readLockSources } from "./review-locks.js";
import { judgeNames, tooLarge } from "./review-names.js";
import { judgeSize } from "./review-size.js";

export interface ReviewRequest {
  readonly gitDir: string;
  readonly base: string;
  readonly tip: string;
  readonly rules: Omit<CategoryRules, "binaries">;
  /** Of one commit, where the caller takes fewer than git could. */
  readonly maxFiles?: number;
}

export interface Review {
  /** From base to tip. */
  readonly changes: readonly RawChange[];
  readonly commits: number;
  readonly violations: readonly Violation[];
  readonly report: ReviewReport;
  readonly additions: number;
  readonly deletions: number;
  readonly log: readonly { readonly commit: string; readonly author: string; readonly subject: string }[];
}

const LISTING = 256 * 1024 * 1024;
const MAX_COMMITS = 20_000;
const DIFF = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv"];

/**
 * Judges every new commit between base and tip and the difference of the two.
 *
 * Errors: REVIEW_TOO_LARGE, REVIEW_UNREADABLE.
 */
export async function reviewResult(git: Git, request: ReviewRequest, times: GitTimes): Promise<Review> {
  const { gitDir, base, tip } = request;
  const call = { ...times, maxOutputBytes: LISTING };
  const range = [tip, `^${base}`];
  await judgeSize(git, { gitDir, range, maxFiles: request.maxFiles }, times);
  const listed = await git.neutral(gitDir, ["rev-list", "--topo-order", "--reverse", "--parents", ...range], call);
  const commits = listed.stdout.split("\n").filter((line) => line !== "");
  if (commits.length > MAX_COMMITS) throw tooLarge(`${commits.length} commits, more than ${MAX_COMMITS}`);
  const stdin = commits.map((line) => `${line.split(" ")[0]}\n`).join("");
  const each = [...DIFF, "--stdin", "-m", "--root"];
  const history = stdin === "" ? [] : parseRawDiff((await git.neutral(gitDir, each, { ...call, stdin })).stdout);
  const whole = parseRawDiff((await git.neutral(gitDir, [...DIFF, base, tip], call)).stdout)[0]?.changes ?? [];
  const all: readonly CommitChanges[] = [...history, { commit: tip, changes: whole }];
  const stats = await readStats(git, request, call);
  const sources = await readLockSources(git, gitDir, whole, times);
  const violations = [
    ...(await judgeContents(git, request, all, times)),
    ...(await judgeNames(git, gitDir, { commits, history }, times)),
  ];
  return {
    changes: whole,
    commits: commits.length,
    violations: unique(violations),
    report: buildReport(whole, { ...request.rules, binaries: stats.binaries }, { history, sources }),
    additions: stats.additions,
    deletions: stats.deletions,
    log: await readLog(git, request, times),
  };
}

function unique(violations: readonly Violation[]): readonly Violation[] {
  const seen = new Map(violations.map((violation) => [`${violation.rule} ${violation.path}`, violation]));
  return [...seen.values()];
}

async function readStats(git: Git, { gitDir, base, tip }: ReviewRequest, call: GitTimes & { maxOutputBytes: number }) {
  const numstat = ["diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", base, tip];
  const binaries = new Set<string>();
  let additions = 0;
  let deletions = 0;
  for (const field of (await git.neutral(gitDir, numstat, call)).stdout.split("\0")) {
    const [, added, deleted, path] = /^(\d+|-)\t(\d+|-)\t([\s\S]+)$/u.exec(field) ?? [];
    if (path === undefined) continue;
    if (added === "-") binaries.add(path);
    else additions += Number(added);
    if (deleted !== "-") deletions += Number(deleted);
  }
  return { binaries, additions, deletions };
}

async function readLog(git: Git, { gitDir, base, tip }: ReviewRequest, times: GitTimes): Promise<Review["log"]> {
  const format = "--format=%H%x1f%an%x1f%s";
  const log = ["log", "-z", "--no-show-signature", "--no-decorate", "--max-count=50", "--encoding=UTF-8", format];
  const read = await git.neutral(gitDir, [...log, tip, `^${base}`], { ...times, maxOutputBytes: LISTING });
  return read.stdout
    .split("\0")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [commit = "", author = "", subject = ""] = entry.trim().split("\x1f");
      return { commit, author: escapeLine(author).slice(0, 200), subject: escapeLine(subject).slice(0, 500) };
    });
}
