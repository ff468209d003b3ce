/* Effects: reads saved history with git; the judgement is `review/`. */
import type { ErrorDocument } from "../../events/event.js";
import type { SaveDetails, SaveRules } from "../../ports/saves.js";
import { escapeLine } from "../../util/escape.js";
import type { GitTimes } from "./bare.js";
import { type DiffText, readDiffText } from "./diff-text.js";
import type { Git } from "./git.js";
import { hookFolders } from "./host-hooks.js";
import { escapeChange } from "./review-changes.js";
import { reviewResult } from "./review-objects.js";
import type { SaveRecord } from "./save-record.js";

type Judged = Omit<SaveDetails, "save" | "repository">;

export interface ReviewedSave {
  readonly record: SaveRecord;
  readonly rules: SaveRules;
}

/** The line of a save that becomes the branch: the uncommitted files, else HEAD, else the first. */
export function mainLine({ refs }: SaveRecord): SaveRecord["refs"][number] | null {
  return refs.find(({ name }) => name === "files") ?? refs.find(({ name }) => name === "HEAD") ?? refs[0] ?? null;
}

/**
 * Judges every line of a save against what it stands on; an archive is never looked into.
 *
 * Shape: `changes` and `log` are the main line's, `flagged` and `refused` those of all lines.
 */
export async function reviewSave(
  git: Git,
  gitDir: string,
  { record, rules }: ReviewedSave,
  times: GitTimes,
): Promise<Judged> {
  if (record.archive !== null) return { changes: [], flagged: [], log: [], refused: refusedArchive(record) };
  const folders = await hookFolders(git, rules.root, times);
  const main = mainLine(record);
  let judged: Judged = { changes: [], flagged: [], log: [], refused: null };
  for (const line of record.refs) {
    const base = await baseOf(git, gitDir, { ...rules, line, bases: record.bases }, times);
    const request = { gitDir, base, tip: line.commit, rules: { specFiles: rules.specFiles, hookFolders: folders } };
    const review = await reviewResult(git, request, times);
    const broken = review.violations[0];
    judged = {
      flagged: [...new Set([...judged.flagged, ...review.report.flagged])],
      refused: judged.refused ?? (broken === undefined ? null : refusedRule(record, `${broken.rule}: ${broken.path}`)),
      changes: line !== main ? judged.changes : review.report.changes.map(escapeChange),
      log: line !== main ? judged.log : review.log,
    };
  }
  return judged;
}

/** The main line as text; an archive is never looked into. */
export async function diffOfSave(
  git: Git,
  gitDir: string,
  {
    record,
    paths,
    isRepository,
  }: Pick<ReviewedSave, "record"> & Pick<SaveRules, "isRepository"> & { readonly paths: readonly string[] },
  times: GitTimes,
): Promise<DiffText> {
  const line = mainLine(record);
  if (line === null || record.archive !== null) return { text: "", isCut: false };
  const base = await baseOf(git, gitDir, { isRepository, line, bases: record.bases }, times);
  return readDiffText(git, { gitDir, base, tip: line.commit, paths }, times);
}

interface Standing extends Pick<SaveRules, "isRepository"> {
  readonly line: SaveRecord["refs"][number];
  readonly bases: SaveRecord["bases"];
}

/**
 * The best commit of this host that a line stands on; an empty one where it stands on none. Files that were brought have no
 * commit here: there it is the worker's own note of them, below its files. It may lie, and gains nothing by that: what it says was
 * there is held against the host's files before anything is written.
 */
export async function baseOf(
  git: Git,
  gitDir: string,
  { isRepository, line, bases }: Standing,
  times: GitTimes,
): Promise<string> {
  const tip = line.commit;
  if (!isRepository && line.name === "files") {
    const parent = ["rev-parse", "-q", "--verify", `${tip}^1^{commit}`];
    const found = (await git.neutral(gitDir, parent, { ...times, exitCodes: [0, 1] })).stdout.trim();
    if (found !== "") return found;
  }
  if (bases.length > 0) {
    const find = ["merge-base", tip, ...bases];
    const found = (await git.neutral(gitDir, find, { ...times, exitCodes: [0, 1] })).stdout.split("\n")[0] ?? "";
    if (found !== "") return found;
  }
  const tree = (await git.neutral(gitDir, ["mktree"], { ...times, stdin: "" })).stdout.trim();
  const who = { NAME: "limaform", EMAIL: "limaform@localhost", DATE: "@0 +0000" };
  const env = Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((role) => Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value])),
  );
  return (await git.neutral(gitDir, ["commit-tree", tree], { ...times, env, stdin: "empty\n" })).stdout.trim();
}

function refusedArchive({ id, archive }: SaveRecord): ErrorDocument {
  return {
    code: "REVIEW_REFUSED",
    message: `${id} is kept as an archive that nothing has unpacked, because git's object checks refuse it: ${archive?.why ?? ""}`,
    hint: `the pack is ${archive?.file ?? ""} in the state folder; open it only where it can do no harm`,
    details: null,
  };
}

function refusedRule({ id }: SaveRecord, broken: string): ErrorDocument {
  return {
    code: "REVIEW_REFUSED",
    message: `${id} breaks a rule that keeps this host safe: ${escapeLine(broken)}`,
    hint: `it stays saved; look at it: limaform results show ${id}`,
    details: null,
  };
}
