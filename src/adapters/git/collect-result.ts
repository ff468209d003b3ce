/* Effects: brings one worker's work into its quarantine, reviews it and writes the record. */
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import type { ErrorDocument } from "../../events/event.js";
import type { Guest } from "../../ports/guest.js";
import type { Clock, Store } from "../../ports/host.js";
import type { CollectRequest, ResultSummary } from "../../ports/results.js";
import type { Violation } from "../../review/history-rules.js";
import { escapeLine } from "../../util/escape.js";
import { partId, partKey, taskOf } from "../../util/run-part.js";
import { type GitTimes, whichExist } from "./bare.js";
import { fetchPack, markCollected, prepareInGuest, RECEIVE_LIMITS, type ReceiveLimits, takeIn } from "./collect.js";
import type { Git } from "./git.js";
import { hookFolders } from "./host-hooks.js";
import { openIncoming } from "./incoming.js";
import type { Quarantines } from "./quarantine.js";
import { type ResultRecord, type ResultRecords, summarize } from "./result-record.js";
import { escapeChange } from "./review-changes.js";
import { tooLarge } from "./review-names.js";
import { type Review, reviewResult } from "./review-objects.js";

/** What results stand on. */
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

interface Collecting {
  readonly request: CollectRequest;
  readonly folder: string;
  readonly times: GitTimes;
  readonly report: (text: string) => void;
}

/** See the port. Repeatable at every point: the same work gives the same record. */
export async function collectResult(
  parts: ResultParts,
  records: ResultRecords,
  { request, folder, times, report }: Collecting,
): Promise<ResultSummary | null> {
  const { git, guest } = parts;
  const limits = parts.limits ?? RECEIVE_LIMITS;
  const gitDir = await parts.quarantines.open(request.instance, request.isFolder ? null : request.root, times);
  const hasBase = !request.isFolder || (await whichExist(git, gitDir, [request.base], times)).size > 0;
  const parent = request.isFolder ? request.base : await findParent(git, gitDir, request, times);
  report("packing what the worker made");
  const inGuest = { ...request, run: partKey(request) };
  const waiting = await prepareInGuest(guest, inGuest, { hasBase, limits }, times);
  if (waiting.tip === request.base) {
    if (waiting.isPartial) throw unreadable(request);
    await markCollected(guest, inGuest, parts.runsFolder, times);
    return null;
  }
  report("fetching it into quarantine");
  const pack = { packBytes: waiting.packBytes, folder, limits };
  const file = waiting.packBytes === 0 ? null : await fetchPack(guest, inGuest, pack, times);
  const { specFiles, root, isRepository } = request;
  const rules = { specFiles, hookFolders: isRepository ? await hookFolders(git, root, times) : [] };
  const incoming = await openIncoming(git, gitDir, folder);
  const review = await withinReason(async () => {
    await takeIn(incoming.git, gitDir, { file, tip: waiting.tip, base: request.base, limits }, times);
    report("reviewing it");
    return reviewResult(incoming.git, { gitDir, base: request.base, tip: waiting.tip, rules }, times);
  });
  await incoming.keep();
  const earlier = await records.read(partId(request));
  const isSame = earlier !== null && earlier.tip === waiting.tip && earlier.discardedAt === null;
  const record: ResultRecord = {
    ...describe(request, { parent, tip: waiting.tip, review }),
    collectedAt: parts.clock.now(),
    accepted: isSame ? earlier.accepted : null,
    ...(waiting.isPartial ? { isPartial: true } : {}),
  };
  if (request.isFolder)
    await git.neutral(gitDir, ["update-ref", `refs/limaform/brought/${request.base}`, request.base], times);
  await git.neutral(gitDir, ["update-ref", refOf(record), record.tip], times);
  await records.write(record);
  if (!waiting.isPartial) await markCollected(guest, inGuest, parts.runsFolder, times);
  return summarize(record);
}

function unreadable({ instance, guestPath }: CollectRequest): RepositoryError {
  return new RepositoryError(
    "REPO_COLLECT_FAILED",
    `Files of ${instance} could not be taken up, and nothing else is new`,
    {
      hint: `Mend what git says of them, then collect again: limaform shell ${instance} -- git -C ${guestPath} add -A --dry-run`,
    },
  );
}

/** Small objects can stand for endless trees or texts: git is ended by its limits then, and that is the answer. */
export async function withinReason<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    if (error.code === "REPO_TOO_LARGE") throw tooLarge("its trees or texts unfold without end");
    if (error.code === "REPO_TIMED_OUT") throw tooLarge("git did not get through it in time");
    throw error;
  }
}

/** Where a result stands in its quarantine. */
export function refOf(record: Pick<ResultRecord, "id" | "refused">): string {
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
    ...{ id: partId(request), run: request.run, slot: request.slot, ...taskOf(request), instance: request.instance },
    ...(request.isFolder ? { isFolder: true } : {}),
    ...{ base: request.base, parent, tip, specFiles: request.specFiles, discardedAt: null },
    ...{ commits: review.commits, files: review.report.changes.length },
    ...{ additions: review.additions, deletions: review.deletions, flagged: review.report.flagged },
    refused: describeRefusal(review.violations),
    changes: review.report.changes.map(escapeChange),
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
