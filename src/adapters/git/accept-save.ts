/* Effects: makes a branch and refs in the user's repository out of a save: objects and refs, nothing else. */
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import type { SaveRules } from "../../ports/saves.js";
import { acceptIntoFolder } from "./accept-folder.js";
import { type GitTimes, type HostObjects, locateObjects } from "./bare.js";
import type { Git } from "./git.js";
import { importObjects } from "./import-pack.js";
import { baseOf, mainLine, reviewSave } from "./review-save.js";
import type { SaveRecord } from "./save-record.js";

export interface AcceptSaveParts extends SaveRules {
  readonly git: Git;
  readonly gitDir: string;
  readonly record: SaveRecord;
  /** Categories that the user allows by name. */
  readonly allow: readonly string[];
  /** Folder for temporary packs. */
  readonly scratch: string;
}

/**
 * See the port. The worker's own commits are kept: what was saved comes back as it was. Where there is no repository the
 * files of its main line are written, none over what the host changed; its other lines stay in `saved.git`.
 */
export async function acceptSave(parts: AcceptSaveParts, times: GitTimes) {
  const { git, gitDir, record, root } = parts;
  const review = await reviewSave(git, gitDir, { record, rules: parts }, times);
  refuse(parts, review);
  const main = mainLine(record);
  if (main === null)
    throw new ReviewError("REVIEW_NOTHING", `${record.id} holds nothing that a branch could be made of`);
  if (!parts.isRepository) {
    const parent = await baseOf(git, gitDir, { ...parts, line: main, bases: record.bases }, times);
    const { id, instance } = record;
    const line = { id, instance, tip: main.commit, parent, specFiles: parts.specFiles };
    return acceptIntoFolder({ ...parts, keepCommits: false, record: line }, null, times);
  }
  const host = await locateObjects(git, root, times);
  const listed = await git.neutral(host.commonDir, ["for-each-ref", "--format=%(objectname)"], times);
  const have = [...new Set(listed.stdout.split("\n"))];
  await importObjects(git, { gitDir, host, want: record.objects, have, scratch: parts.scratch }, times);
  const branch = `limaform/${record.id}`;
  const refs = new Map([
    [`refs/heads/${branch}`, main.commit],
    ...record.refs.map(({ ref }, index) => [ref, record.objects[index] ?? ""] as const),
  ]);
  await makeRefs(parts, host, refs, times);
  return { branch, commit: main.commit, files: review.changes.length };
}

function refuse(
  { record, allow }: AcceptSaveParts,
  { refused, flagged, changes }: Awaited<ReturnType<typeof reviewSave>>,
): void {
  if (refused !== null) {
    throw new ReviewError("REVIEW_REFUSED", refused.message, { hint: refused.hint, details: refused.details });
  }
  const open = flagged.filter((category) => !allow.includes(category));
  if (open.length === 0) return;
  const paths = changes
    .filter(({ categories }) => categories.some((one) => open.includes(one)))
    .map(({ path }) => path);
  throw new ReviewError(
    "REVIEW_FLAGGED",
    `${record.id} changes files that could execute on this host (${open.join(", ")}): ${paths.slice(0, 10).join(", ")}`,
    {
      hint: `look at it: limaform results show ${record.id}; then allow it by name: limaform results accept ${record.id} --allow ${flagged.join(",")}`,
      details: { flagged: [...open], paths },
    },
  );
}

/** All of them or none. One that is there already must be the same: repeating changes nothing. */
async function makeRefs(
  { git, record }: AcceptSaveParts,
  host: HostObjects,
  refs: ReadonlyMap<string, string>,
  times: GitTimes,
): Promise<void> {
  const listed = await git.neutral(host.commonDir, ["for-each-ref", "--format=%(objectname) %(refname)"], times);
  const there = new Set(listed.stdout.split("\n"));
  const missing = [...refs].filter(([ref, id]) => !there.has(`${id} ${ref}`));
  const stdin = missing.map(([ref, id]) => `create ${ref}\0${id}\0`).join("");
  try {
    await git.neutral(host.commonDir, ["update-ref", "-z", "--stdin"], { ...times, stdin });
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code !== "REPO_GIT_FAILED") throw error;
    const branch = `limaform/${record.id}`;
    throw new ReviewError("REVIEW_BRANCH_TAKEN", `The branch ${branch} could not be made: ${error.message}`, {
      hint: `Look what is in the way: git branch --list ${branch} limaform`,
      cause: error,
    });
  }
}
