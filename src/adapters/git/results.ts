/* Effects: results in quarantine and their records. */
import { BugError, type LimaformError, ReviewError } from "../../errors/errors.js";
import type { ResultDetails, ResultStore } from "../../ports/results.js";
import { formatDuration } from "../../util/duration.js";
import { acceptResult } from "./accept.js";
import { acceptIntoFolder } from "./accept-folder.js";
import { exists, type GitTimes, whichExist } from "./bare.js";
import { collectResult, type ResultParts, refOf } from "./collect-result.js";
import { withDeadline } from "./deadline.js";
import { readDiffText } from "./diff-text.js";
import type { Git } from "./git.js";
import { createResultRecords, type ResultRecord, summarize } from "./result-record.js";
import { withTemporaryFolder } from "./temporary.js";

export function createResultStore(parts: ResultParts): ResultStore {
  const records = createResultRecords(parts.store);
  return {
    async collect(request, options) {
      const scratch = await parts.store.folder("tmp");
      return withDeadline(options, tooSlow(request.instance, options.timeoutMs), (times) =>
        withTemporaryFolder(scratch, (folder) =>
          collectResult(parts, records, { request, folder, times, report: options.report }),
        ),
      );
    },
    async list() {
      return (await records.all()).filter(({ discardedAt }) => discardedAt === null).map(summarize);
    },
    async show(id) {
      const record = await records.find(id);
      const { changes, log } = record;
      return { result: summarize(record), changes, log } satisfies ResultDetails;
    },
    async diff(id, paths, { signal, timeoutMs }) {
      const record = await records.find(id);
      if (record.discardedAt !== null) throw notAcceptable(record);
      const gitDir = parts.quarantines.path(record.instance);
      const { base, tip } = record;
      return readDiffText(parts.git, { gitDir, base, tip, paths }, { signal, timeoutMs });
    },
    async accept({ id, root, isRepository, keepCommits, allow }, { signal, timeoutMs }) {
      const record = await records.find(id);
      if (record.refused !== null || record.discardedAt !== null) throw notAcceptable(record);
      const gitDir = parts.quarantines.path(record.instance);
      const scratch = await parts.store.folder("tmp");
      const times = { signal, timeoutMs };
      const isFolder = record.isFolder === true;
      const standing = isFolder ? null : await standingBranch(parts.git, record, { root, keepCommits }, times);
      if (standing !== null) return standing;
      const accept = { git: parts.git, gitDir, record, root, keepCommits, allow, scratch };
      const top = isRepository ? root : null;
      const accepted = await (isFolder ? acceptIntoFolder(accept, top, times) : acceptResult(accept, times));
      const { branch, commit } = accepted;
      await records.write({ ...record, accepted: { branch, commit, at: parts.clock.now() } });
      return accepted;
    },
    async discard(id, { signal, timeoutMs }) {
      const record = await records.find(id);
      if (record.discardedAt !== null) return;
      await dropFromQuarantine(parts, record, { signal, timeoutMs });
      await records.write({ ...record, discardedAt: parts.clock.now(), changes: [], log: [] });
    },
    async forgetWorker(instance) {
      const kept = (await records.all()).some(
        (record) => record.instance === instance && record.discardedAt === null && record.accepted === null,
      );
      if (!kept) await parts.quarantines.remove(instance);
      return !kept;
    },
  };
}

/** A worker may answer each call in time and never come to an end. */
function tooSlow(instance: string, timeoutMs: number): () => ReviewError {
  return () =>
    new ReviewError(
      "REVIEW_TOO_SLOW",
      `The work of ${instance} did not come through within ${formatDuration(timeoutMs)}`,
      {
        hint: `It is still in the worker. Look what keeps it: limaform shell ${instance} -- git count-objects -vH`,
      },
    );
}

function notAcceptable(record: ResultRecord): LimaformError {
  if (record.discardedAt !== null) {
    return new ReviewError("REVIEW_NOT_FOUND", `${record.id} was discarded at ${record.discardedAt}`, {
      hint: "Look what there is: limaform results list",
    });
  }
  if (record.refused === null) return new BugError(`${record.id} is acceptable`);
  return new ReviewError("REVIEW_REFUSED", record.refused.message, {
    hint: record.refused.hint,
    details: record.refused.details,
  });
}

/** The branch of an earlier accept that is still as it was made: repeating changes nothing. Another sort is no repetition. */
async function standingBranch(
  git: Git,
  record: ResultRecord,
  { root, keepCommits }: { readonly root: string; readonly keepCommits: boolean },
  times: GitTimes,
) {
  if (record.accepted === null || keepCommits !== (record.accepted.commit === record.tip)) return null;
  const { branch, commit } = record.accepted;
  const read = ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`];
  const found = await git.inTree(root, read, { ...times, exitCodes: [0, 1] });
  return found.stdout.trim() === commit ? { branch, commit, files: record.files } : null;
}

async function dropFromQuarantine(parts: ResultParts, record: ResultRecord, times: GitTimes): Promise<void> {
  const gitDir = parts.quarantines.path(record.instance);
  if (!(await exists(gitDir))) return;
  const list = ["rev-list", record.tip, `^${record.base}`];
  if ((await whichExist(parts.git, gitDir, [record.tip, record.base], times)).size === 2) {
    const commits = (await parts.git.neutral(gitDir, list, times)).stdout.split("\n").filter((id) => id !== "");
    await parts.quarantines.noteDiscarded(record.instance, commits);
  }
  await parts.git.neutral(gitDir, ["update-ref", "-d", refOf(record)], times);
  await parts.git.neutral(gitDir, ["repack", "-a", "-d", "-l", "-q"], times);
  await parts.git.neutral(gitDir, ["prune", "--expire=now"], times);
}
