/* Effects: results in quarantine and their records. */
import { BugError, type LimaformError, ReviewError } from "../../errors/errors.js";
import type { ErrorDocument } from "../../events/event.js";
import type { Guest } from "../../ports/guest.js";
import type { Clock, Store } from "../../ports/host.js";
import type { CollectRequest, ResultDetails, ResultStore, ResultSummary } from "../../ports/results.js";
import type { Violation } from "../../review/history-rules.js";
import { escapeLine } from "../../util/escape.js";
import { acceptResult } from "./accept.js";
import { exists, type GitTimes, whichExist } from "./bare.js";
import { fetchPack, markCollected, prepareInGuest, RECEIVE_LIMITS, type ReceiveLimits, takeIn } from "./collect.js";
import type { Git } from "./git.js";
import { hookFolders } from "./host-hooks.js";
import type { Quarantines } from "./quarantine.js";
import { createResultRecords, type ResultRecord, type ResultRecords } from "./result-record.js";
import { type Review, reviewResult } from "./review-objects.js";
import { withTemporaryFolder } from "./temporary.js";

export interface ResultParts {
  readonly git: Git;
  readonly guest: Guest;
  readonly store: Store;
  readonly quarantines: Quarantines;
  readonly clock: Pick<Clock, "now">;
  /** Folder of the runs in the guest. */
  readonly runsFolder: string;
  readonly limits?: ReceiveLimits;
}

type Options = Parameters<ResultStore["collect"]>[1];

export function createResultStore(parts: ResultParts): ResultStore {
  const records = createResultRecords(parts.store);
  return {
    async collect(request, options) {
      const times = { signal: options.signal, timeoutMs: options.timeoutMs };
      const scratch = await parts.store.folder("tmp");
      return withTemporaryFolder(scratch, (folder) => collect(parts, records, { request, folder, times }, options));
    },
    async list() {
      return (await records.all()).filter(({ discardedAt }) => discardedAt === null).map(summarize);
    },
    async show(id) {
      const record = await records.find(id);
      const { changes, log } = record;
      return { result: summarize(record), changes, log } satisfies ResultDetails;
    },
    async accept({ id, root, keepCommits }, { signal, timeoutMs }) {
      const record = await records.find(id);
      if (record.refused !== null || record.discardedAt !== null) throw notAcceptable(record);
      const gitDir = parts.quarantines.path(record.instance);
      const scratch = await parts.store.folder("tmp");
      const times = { signal, timeoutMs };
      const standing = await standingBranch(parts.git, record, root, times);
      if (standing !== null) return standing;
      const accepted = await acceptResult({ git: parts.git, gitDir, record, root, keepCommits, scratch }, times);
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

interface Collecting {
  readonly request: CollectRequest;
  readonly folder: string;
  readonly times: GitTimes;
}

async function collect(
  parts: ResultParts,
  records: ResultRecords,
  { request, folder, times }: Collecting,
  options: Options,
): Promise<ResultSummary | null> {
  const { git, guest } = parts;
  const limits = parts.limits ?? RECEIVE_LIMITS;
  const gitDir = await parts.quarantines.open(request.instance, request.root, times);
  const parent = await findParent(git, gitDir, request, times);
  options.report("packing what the worker made");
  const waiting = await prepareInGuest(guest, request, times);
  if (waiting.tip === request.base) {
    await markCollected(guest, request, parts.runsFolder, times);
    return null;
  }
  options.report("fetching it into quarantine");
  const pack = { packBytes: waiting.packBytes, folder, limits };
  const file = waiting.packBytes === 0 ? null : await fetchPack(guest, request, pack, times);
  await takeIn(git, gitDir, { file, tip: waiting.tip, base: request.base, limits }, times);
  options.report("reviewing it");
  const rules = { specFiles: request.specFiles, hookFolders: await hookFolders(git, request.root, times) };
  const review = await reviewResult(git, { gitDir, base: request.base, tip: waiting.tip, rules }, times);
  const earlier = await records.read(idOf(request));
  const isSame = earlier !== null && earlier.tip === waiting.tip && earlier.discardedAt === null;
  const record: ResultRecord = {
    ...describe(request, { parent, tip: waiting.tip, review }),
    collectedAt: parts.clock.now(),
    accepted: isSame ? earlier.accepted : null,
  };
  await git.neutral(gitDir, ["update-ref", refOf(record), record.tip], times);
  await records.write(record);
  if (!waiting.isPartial) await markCollected(guest, request, parts.runsFolder, times);
  return summarize(record);
}

function idOf(request: CollectRequest): string {
  return `${request.run}/${request.slot}`;
}

function refOf(record: Pick<ResultRecord, "id" | "refused">): string {
  return `refs/limaform/${record.refused === null ? "result" : "refused"}/${record.id}`;
}

/** The user's commit that the base is, or stands on where files were carried. */
async function findParent(
  git: Git,
  gitDir: string,
  { base, instance }: CollectRequest,
  times: GitTimes,
): Promise<string> {
  if ((await whichExist(git, gitDir, [base], times)).size === 0) {
    throw new ReviewError(
      "REVIEW_BASE_GONE",
      `Nothing on this host knows commit ${base}, which the run on ${instance} began on`,
      {
        hint: "Bring it back into the repository (git reflog), then collect again",
      },
    );
  }
  const synthetic = ["rev-parse", "--verify", "--quiet", `refs/limaform/base/${base}`];
  const found = await git.neutral(gitDir, synthetic, { ...times, exitCodes: [0, 1] });
  if (found.exitCode === 1) return base;
  return (await git.neutral(gitDir, ["rev-parse", "--verify", `${base}^1`], times)).stdout.trim();
}

function describe(
  request: CollectRequest,
  { parent, tip, review }: { readonly parent: string; readonly tip: string; readonly review: Review },
): Omit<ResultRecord, "collectedAt" | "accepted"> {
  return {
    ...{ id: idOf(request), run: request.run, slot: request.slot, instance: request.instance },
    ...{ base: request.base, parent, tip, specFiles: request.specFiles, discardedAt: null },
    ...{ commits: review.commits, files: review.report.changes.length },
    ...{ additions: review.additions, deletions: review.deletions, flagged: review.report.flagged },
    refused: describeRefusal(review.violations),
    changes: review.report.changes.map(({ path, status, categories }) => ({
      path: escapeLine(path),
      status,
      categories,
    })),
    log: review.log,
  };
}

const SHOWN = 20;

function describeRefusal(violations: readonly Violation[]): ErrorDocument | null {
  if (violations.length === 0) return null;
  const shown = violations.slice(0, SHOWN).map(({ rule, commit, path }) => ({ rule, commit, path: escapeLine(path) }));
  const rules = [...new Set(violations.map(({ rule }) => rule))].sort();
  return {
    code: "REVIEW_REFUSED",
    message: `What came back breaks rules that keep this host safe (${rules.join(", ")}), first: ${shown[0]?.path ?? ""}`,
    hint: "Mend it in the worker and run again with --continue, or discard the result",
    details: { violations: shown, count: violations.length },
  };
}

function summarize(record: ResultRecord): ResultSummary {
  const { parent: _parent, specFiles: _files, changes: _changes, log: _log, discardedAt: _at, ...summary } = record;
  return summary;
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

/** The branch of an earlier accept that is still as it was made: repeating changes nothing. */
async function standingBranch(git: Git, record: ResultRecord, root: string, times: GitTimes) {
  if (record.accepted === null) return null;
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
