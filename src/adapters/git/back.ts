/* Effects: files of a worker back into the host's folder: quarantine, review, careful writing. */
import { join } from "node:path";
import { ReviewError } from "../../errors/errors.js";
import type {
  BackChange,
  BackConsentGiven,
  BackLook,
  BackOffer,
  BackRequest,
  BackStatus,
  BackSync,
} from "../../ports/back.js";
import type { Guest } from "../../ports/guest.js";
import type { Store } from "../../ports/host.js";
import { haltReasons } from "../../review/back-guards.js";
import { escapeLine } from "../../util/escape.js";
import type { ObjectFormat } from "../host/host-entry.js";
import { followEvents } from "./back-events.js";
import { fetchBack } from "./back-fetch.js";
import { type FetchedIgnored, fetchIgnored, staying } from "./back-ignored.js";
import { type BackItem, judgeBack } from "./back-judge.js";
import { type BackState, backKey, commitOf, findBase, readBackState, writeBackState } from "./back-state.js";
import { nextBase, type Taken, takeItems } from "./back-take.js";
import { type GitTimes, locateObjects } from "./bare.js";
import { RECEIVE_LIMITS, type ReceiveLimits, takeIn } from "./collect.js";
import { withinReason } from "./collect-result.js";
import { withDeadline } from "./deadline.js";
import type { Git } from "./git.js";
import { hookFolders } from "./host-hooks.js";
import { openIncoming } from "./incoming.js";
import type { Quarantines } from "./quarantine.js";
import { tooLarge } from "./review-names.js";
import { reviewResult } from "./review-objects.js";
import { withTemporaryFolder } from "./temporary.js";

export interface BackParts {
  readonly git: Git;
  readonly guest: Guest;
  readonly store: Store;
  readonly quarantines: Quarantines;
  /** For rsync; nothing else of the user's session reaches it. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits?: ReceiveLimits;
}

/** Of one pull; each is looked up on the host. */
const MAX_CHANGES = 100_000;

export function createBackSync(parts: BackParts): BackSync {
  return {
    follow: (request, onEvent, options) => followEvents(parts.guest, request, onEvent, options),
    look: (request, options) =>
      withDeadline(
        options,
        () => tooSlow(request),
        async (times) => {
          const scratch = await parts.store.folder("tmp");
          return withTemporaryFolder(scratch, (folder) =>
            look(parts, { request, folder, report: options.report }, times),
          );
        },
      ),
  };
}

interface Looking {
  readonly request: BackRequest;
  readonly folder: string;
  readonly report: (text: string) => void;
}

/** All that `take` needs of a look. */
interface Scene {
  readonly parts: BackParts;
  readonly request: BackRequest;
  readonly gitDir: string;
  readonly key: string;
  readonly base: string;
  readonly tip: string;
  readonly items: readonly BackItem[];
  readonly halted: readonly string[];
  readonly notes: readonly string[];
}

async function look(parts: BackParts, { request, folder, report }: Looking, times: GitTimes): Promise<BackLook> {
  const { git, store } = parts;
  const limits = parts.limits ?? RECEIVE_LIMITS;
  const gitDir = await parts.quarantines.open(request.instance, request.isRepository ? request.root : null, times);
  const key = backKey(request);
  const state = await readBackState(store, key, request.workerId);
  const base = await findBase(git, gitDir, { state, pushBase: request.pushBase }, times);
  const format: ObjectFormat = base.length === 40 ? "sha1" : "sha256";
  report("reading the worker's files");
  const have = [...(state === null ? [] : [state.tip]), base, ...(request.pushBase === null ? [] : [request.pushBase])];
  const fetched = await fetchAny(parts, { request, key, format, have, folder, limits }, times);
  const notes = notesOf(fetched);
  const scene = { parts, request, gitDir, key, base, tip: fetched.tip, notes };
  const isSame = state !== null && fetched.tip === state.tip && state.base === base;
  if (isSame && !state.isOpen && fetched.refused.length === 0) {
    return lookOf({ ...scene, items: [], halted: [] }, "unchanged");
  }
  report("reviewing what came");
  const rules = {
    specFiles: request.specFiles,
    hookFolders: request.isRepository ? await hookFolders(git, request.root, times) : [],
  };
  const incoming = await openIncoming(git, gitDir, folder);
  const baseFiles = await countFiles(git, gitDir, base, times);
  const { review, workerFiles } = await withinReason(async () => {
    await takeIn(incoming.git, gitDir, { file: fetched.file, tip: fetched.tip, base, limits }, times);
    // The worker says nothing about history: its files stand on what both sides had.
    const tree = `${fetched.tip}^{tree}`;
    const whole = await commitOf(incoming.git, gitDir, { tree, parents: [base] }, times);
    const wanted = { gitDir, base, tip: whole, rules, maxFiles: baseFiles + MAX_CHANGES };
    const review = await reviewResult(incoming.git, wanted, times);
    return { review, workerFiles: await countFiles(incoming.git, gitDir, whole, times) };
  });
  if (review.changes.length > MAX_CHANGES)
    throw tooLarge(`${review.changes.length} changed files, more than ${MAX_CHANGES}`);
  await incoming.keep();
  await keepVersions(scene, times);
  const items = [...refusedItems(fetched), ...(await judgeBack(request, review, format))];
  const halted = haltReasons({ ...sizesOf(items), base: baseFiles, worker: workerFiles });
  for (const note of notes) report(note);
  return lookOf({ ...scene, items, halted }, "changed");
}

type Fetch = Parameters<typeof fetchBack>[1] & { readonly format: ObjectFormat };
async function fetchAny(parts: BackParts, fetch: Fetch, times: GitTimes): Promise<FetchedIgnored> {
  if (fetch.request.what !== "ignored") {
    return { ...(await fetchBack(parts.guest, fetch, times)), refused: [], notes: [] };
  }
  const staging = await parts.store.folder(`ignored/${fetch.key}`);
  return fetchIgnored(parts, { ...fetch, staging }, times);
}

const notesOf = ({ large, notes }: FetchedIgnored): readonly string[] => [
  ...staying(large, "file of 100 MB or more", "files of 100 MB or more"),
  ...notes,
];

/** Names that were not even asked for. */
function refusedItems({ refused }: FetchedIgnored): readonly BackItem[] {
  return refused.map(({ path, rule }) => ({
    ...{ path, base: null, worker: { mode: "100644", id: "" }, host: { kind: "absent" }, categories: [] },
    decision: { what: "refused", why: rule },
  }));
}

function sizesOf(items: readonly BackItem[]) {
  const open = items.filter(({ decision }) => decision.what === "take" || decision.what === "waits");
  const deleted = open.filter(({ worker }) => worker === null).length;
  const modified = open.filter(({ worker, base }) => worker !== null && base !== null).length;
  return { deleted, modified };
}

async function countFiles(git: Git, gitDir: string, commit: string, times: GitTimes): Promise<number> {
  let files = 0;
  const onStdout = (chunk: Uint8Array): void => {
    for (const byte of chunk) if (byte === 0) files += 1;
  };
  await git.neutral(gitDir, ["ls-tree", "-r", "-z", "--name-only", commit], { ...times, onStdout });
  return files;
}

/** Every version that was ever seen stays: in a chain of commits of ours. */
async function keepVersions(
  { parts, gitDir, key, base, tip }: Omit<Scene, "items" | "halted" | "notes">,
  times: GitTimes,
): Promise<void> {
  const { git } = parts;
  const prefix = `refs/limaform/back/${key}`;
  const read = ["for-each-ref", "--format=%(objectname) %(tree)", `${prefix}/seen`];
  const [last = "", lastTree = ""] = (await git.neutral(gitDir, read, times)).stdout.trim().split(" ");
  const tree = (await git.neutral(gitDir, ["rev-parse", `${tip}^{tree}`], times)).stdout.trim();
  const parents = last === "" ? [base] : [last, ...(base === last ? [] : [base])];
  const seen = tree === lastTree ? last : await commitOf(git, gitDir, { tree, parents }, times);
  const stdin = [`update ${prefix}/seen ${seen}`, `update ${prefix}/tip ${tip}`, `update ${prefix}/base ${base}`];
  await git.neutral(gitDir, ["update-ref", "--stdin"], { ...times, stdin: stdin.map((line) => `${line}\n`).join("") });
}

function lookOf(scene: Scene, what: "changed" | "unchanged"): BackLook {
  const offer = (taken: Taken): BackOffer => ({
    changes: scene.items.map((item) => describe(item, taken)),
    halted: scene.halted,
    notes: scene.notes,
    isUnchanged: what === "unchanged",
    quarantine: scene.gitDir,
  });
  return {
    offer: offer(new Map()),
    async take(consent, { signal, timeoutMs }) {
      if (what === "unchanged") return offer(new Map());
      const times = { signal, timeoutMs };
      return offer(await take(scene, consent, times));
    },
  };
}

async function take(scene: Scene, consent: BackConsentGiven, times: GitTimes): Promise<Taken> {
  const { parts, request, gitDir, key, base, tip, items, halted } = scene;
  const isHalted = halted.length > 0 && !consent.reviewed;
  const scratch = await parts.store.folder("tmp");
  const git = request.isRepository ? await locateObjects(parts.git, request.root, times) : null;
  const places = [join(scratch, "back"), ...(git === null ? [] : [join(git.commonDir, "limaform")])];
  const allowed = isHalted ? [] : items;
  const taken = await takeItems({ git: parts.git, gitDir, request, items: allowed, places }, consent, times);
  const next = await withTemporaryFolder(scratch, (folder) =>
    nextBase({ git: parts.git, gitDir, items }, { base, taken, scratch: folder }, times),
  );
  await parts.git.neutral(gitDir, ["update-ref", `refs/limaform/back/${key}/base`, next], times);
  const isOpen = items.some((item) => item.decision.what !== "same" && taken.get(item) !== "done");
  const isPart = request.paths.some((path) => path !== ".");
  const state: BackState = {
    workerId: request.workerId,
    pushBase: request.pushBase,
    base: next,
    tip,
    isOpen: isOpen || isPart,
  };
  await writeBackState(parts.store, key, state);
  return taken;
}

function describe(item: BackItem, taken: Taken): BackChange {
  const { path, base, worker, categories } = item;
  const { status, why } = statusOf(item, taken);
  const change = worker === null ? "deleted" : base === null ? "added" : "modified";
  return { path: escapeLine(path), change, status, categories, why, object: worker?.id ?? "" };
}

function statusOf(item: BackItem, taken: Taken): { readonly status: BackStatus; readonly why: string } {
  const { decision } = item;
  const written = taken.get(item);
  if (written === "done") return { status: "taken", why: "" };
  if (written !== undefined) return { status: "conflict", why: written };
  switch (decision.what) {
    case "take":
      return { status: "takeable", why: "" };
    case "waits":
      return { status: "waits", why: decision.for };
    case "same":
      return { status: "same", why: "" };
    default:
      return { status: decision.what, why: decision.why };
  }
}

function tooSlow({ instance }: BackRequest): ReviewError {
  return new ReviewError("REVIEW_TOO_SLOW", `The files of ${instance} did not come through in time`, {
    hint: `Nothing was written. Look what keeps it: limaform shell ${instance} -- git status`,
  });
}
