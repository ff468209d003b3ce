/* Effects: writes a reviewed result into a folder that has no branches: file by file, never over what the host changed. */
import { join } from "node:path";
import { ReviewError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import { type Accepted, type Judged, reviewAgain } from "./accept.js";
import { type BackItem, judgeBack } from "./back-judge.js";
import { takeItems } from "./back-take.js";
import type { GitTimes } from "./bare.js";

/** What `--allow` calls the consent to deletions: no category of the report, because a deleted file does not run. */
export const DELETIONS = "deletions";

/**
 * Every file of the result as the worker left it, where the host still has what the run began on. One file in the way and
 * nothing is written. Files that it deletes are nowhere else, and no branch keeps them: they need consent of their own.
 *
 * Errors: REVIEW_DELETES and REVIEW_CONFLICT with the names, REVIEW_FLAGGED, REVIEW_REFUSED, REVIEW_KEEP_COMMITS.
 */
export async function acceptIntoFolder(parts: Judged, top: string | null, times: GitTimes): Promise<Accepted> {
  const { git, gitDir, record, root, scratch } = parts;
  if (parts.keepCommits) {
    throw new ReviewError("REVIEW_KEEP_COMMITS", `${record.id} has no commits: its files were brought as files`, {
      hint: `Take its files: limaform results accept ${record.id}`,
    });
  }
  const review = await reviewAgain(parts, { top, commit: record.tip }, times);
  const request = {
    ...{ instance: record.instance, workerId: "", guestPath: "", root, isRepository: top !== null, pushBase: null },
    ...{ paths: [], exclude: [], specFiles: record.specFiles },
  };
  const items = await judgeBack(request, review, record.tip.length === 40 ? "sha1" : "sha256");
  const inTheWay = items.filter(({ decision }) => decision.what === "conflict" || decision.what === "refused");
  if (inTheWay.length > 0) throw overlaps(record.id, inTheWay, "Nothing was written");
  const gone = items.filter(({ worker, decision }) => worker === null && decision.what !== "same");
  if (gone.length > 0 && !parts.allow.includes(DELETIONS)) throw deletes(parts, review.report.flagged, gone);
  const consent = { allow: parts.allow, deletions: true, reviewed: true };
  const taken = await takeItems({ git, gitDir, request, items, places: [join(scratch, "back")] }, consent, times);
  const left = items.filter((item) => item.decision.what !== "same" && taken.get(item) !== "done");
  if (left.length > 0) throw overlaps(record.id, left, "The other files were written; repeating it is safe");
  return { branch: "", commit: record.tip, files: items.length };
}

function deletes({ record: { id } }: Judged, flagged: readonly string[], items: readonly BackItem[]): ReviewError {
  const paths = items.map(({ path }) => escapeLine(path));
  return new ReviewError("REVIEW_DELETES", `${id} deletes files of yours: ${paths.slice(0, 10).join(", ")}`, {
    hint: `Look at them: limaform results show ${id}; then allow it: limaform results accept ${id} --allow ${[...flagged, DELETIONS].join(",")}`,
    details: { paths },
  });
}

function overlaps(id: string, items: readonly BackItem[], what: string): ReviewError {
  const paths = items.map(({ path }) => escapeLine(path));
  return new ReviewError(
    "REVIEW_CONFLICT",
    `${id} changes what you changed as well: ${paths.slice(0, 10).join(", ")}. ${what}`,
    {
      hint: `Move your own versions away, then accept again. To look at it: limaform results diff ${id}`,
      details: { paths },
    },
  );
}
