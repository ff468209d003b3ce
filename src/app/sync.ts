import { cpus } from "node:os";
import { GuestError, LimaformError, RepositoryError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { FolderPush, Pushed } from "../ports/repository.js";
import { carryChoiceOf, carryRules } from "../resources/carry-rules.js";
import { proveOurs } from "../resources/ownership.js";
import { probeRequestOf } from "../resources/probe-request.js";
import { canonicalJson } from "../util/canonical-json.js";
import { mapLimit } from "../util/map-limit.js";
import { together } from "../util/together.js";
import type { InstanceFacts, PushMark } from "../world/world.js";
import type { SyncDocument, SyncedWorker, SyncRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import { type HostCode, hasCode, readHostCode } from "./host-code.js";
import { leaseWorker } from "./lease.js";
import type { AppSession } from "./session.js";
import { knownWorkers } from "./shell.js";
import { hasFiles, pathsOf, splitWords } from "./sync-words.js";
import type { Worker } from "./workers.js";

const LIMIT_MS = 30 * 60_000;
const PROBE_LIMIT_MS = 60_000;

/** Code into workers, all of them in parallel. What a worker holds itself is never written over, whatever was asked for. */
export async function syncWorkers(session: AppSession, request: SyncRequest): Promise<SyncDocument> {
  const fleet = await session.fleet();
  const [all, host] = await together(knownWorkers(session), readHostCode(session, fleet));
  const { workers, words } = splitWords(all, request.words);
  const { code } = host;
  refuseUnborn(host);
  const typed = [...words, ...request.paths];
  const paths = await pathsOf(session, fleet, { code, typed });
  const scene: Scene = { request, ...host, paths };
  const done = await mapLimit(workers, 2 * cpus().length, (worker) => {
    const { slot } = worker;
    const tell = (state: string, text: string) => session.emit({ type: "sync.worker", slot, state, text });
    return syncOne(session, fleet, { scene, worker, facts: "listed", tell });
  });
  const isStopped = session.interrupt.raised() !== null;
  return {
    format: "limaform.sync",
    version: 1,
    project: fleet.project,
    mode: code.kind === "files" ? "files" : "git",
    dryRun: request.dryRun,
    commit: code.kind === "git" ? code.head : null,
    verdict: isStopped ? "interrupted" : verdictOf(done),
    workers: done.map(({ notes: _notes, ...worker }) => worker),
    notes: [...new Set([...(code.kind === "none" ? [] : code.notes), ...done.flatMap(({ notes }) => notes)])],
  };
}

export interface Scene extends HostCode {
  readonly request: SyncRequest;
  /** Empty = all. */
  readonly paths: readonly string[];
}

export type Done = SyncedWorker & { readonly notes: readonly string[] };
type Brought = Omit<Done, "slot" | "instance" | "elapsedMs" | "error">;

interface SyncOne {
  readonly scene: Scene;
  readonly worker: Worker;
  readonly tell: (state: string, text: string) => void;
  /** `listed`: what is known of the worker was read right before; a watch looks `anew` each time. */
  readonly facts: "listed" | "anew";
}

/** The code into one worker, under its lease; a failure is a result. Errors: INTERRUPTED. */
export async function syncOne(session: AppSession, fleet: Fleet, one: SyncOne): Promise<Done> {
  const { scene, tell } = one;
  const { slot, instance } = one.worker;
  const startedMs = session.clock.monotonicMs();
  const elapsed = () => Math.round(session.clock.monotonicMs() - startedMs);
  try {
    const lease = await leaseWorker(session, fleet, instance);
    try {
      const { facts } = one.facts === "anew" ? await proveIsOurs(session, fleet, one.worker) : one.worker;
      refuseNotReady(facts);
      const worker = { ...one.worker, facts };
      const brought = await bringCode(session, fleet, scene, worker, (text) => tell("working", text));
      tell(brought.outcome, brought.text);
      return { slot, instance, ...brought, elapsedMs: elapsed(), error: null };
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
    const diverged = error.code === "PUSH_HAS_WORK";
    tell(diverged ? "diverged" : "failed", error.message);
    return { ...failed(one.worker, error, diverged), elapsedMs: elapsed() };
  }
}

function failed(worker: Worker, error: LimaformError, diverged: boolean): Done {
  const { slot, instance } = worker;
  return {
    ...{ slot, instance, base: "", changes: [], gone: [], deleted: false, notes: [], elapsedMs: 0 },
    outcome: diverged ? "diverged" : "failed",
    text: error.message,
    next: diverged ? waysOut(worker, false) : [],
    error: toErrorDocument(error),
  };
}

type Bring = (
  session: AppSession,
  fleet: Fleet,
  scene: Scene,
  worker: Worker,
  report: (text: string) => void,
) => Promise<Brought>;

const rulesOf = (fleet: Fleet, { ownFiles }: Scene) => carryRules(carryChoiceOf(fleet.loaded.spec.values, ownFiles));

/**
 * The code into one worker whose lease the caller holds. That it is ours is proved anew before anything is written in it.
 *
 * Errors: PUSH_HAS_WORK in files mode, LIMA_NOT_OURS, GUEST_…, REPO_….
 */
export const bringCode: Bring = (session, fleet, scene, worker, report) =>
  (scene.code.kind === "files" ? bringFiles : bringCommit)(session, fleet, scene, worker, report);

/** Objects that the worker lacks, then a checkout; where work is in the way they wait beside it. */
const bringCommit: Bring = async (session, fleet, scene, worker, report) => {
  const { code, request } = scene;
  if (code.kind !== "git" || code.head === null) throw new TypeError("there is no commit");
  const { values } = fleet.loaded.spec;
  const guestPath = String(values["repo.path"]);
  const carries = values["repo.uncommitted"] !== false;
  const { digest: carriedDigest, count } = carries ? code.carried : { digest: "", count: 0 };
  const push = {
    ...{ instance: worker.instance, guestPath, root: code.root, overwrite: false, onWork: "incoming" as const },
    ...{ commit: code.head, branch: code.branch, from: worker.facts.lastPush?.base ?? null, dryRun: request.dryRun },
    carried: count === 0 ? null : { digest: carriedDigest, rules: rulesOf(fleet, scene) },
  };
  const prove = () => proveIsOurs(session, fleet, worker);
  const options = { signal: session.interrupt.second, timeoutMs: LIMIT_MS, report, prove };
  const pushed = await fleet.code.push(push, options);
  const { base, changes = [] } = pushed;
  const { outcome, work } = request.dryRun ? await foresee(session, fleet, worker, pushed) : pushed;
  if (outcome !== "diverged" && !request.dryRun) {
    await notePush(session, fleet, worker, { outcome, mark: { commit: code.head, carriedDigest, base, guestPath } });
  }
  const files = `${count} uncommitted ${count === 1 ? "file" : "files"}`;
  const what = `commit ${code.head.slice(0, 8)}${count === 0 ? "" : ` and ${files}`}`;
  const text =
    outcome === "diverged"
      ? `diverged: it holds ${work ?? "work"}; ${what} ${request.dryRun ? "would wait" : "waits"} there as refs/limaform/incoming`
      : `${outcome === "unchanged" ? "has" : request.dryRun ? "would get" : "got"} ${what}`;
  const next = outcome === "diverged" ? waysOut(worker, true) : [];
  return { outcome, base, changes, gone: [], deleted: false, text, next, notes: [] };
};

const proveIsOurs = (session: AppSession, { reader, project, owner }: Fleet, { instance }: Worker) =>
  proveOurs(reader, instance, { project, owner }, session.interrupt.first);

interface Noted {
  readonly outcome: SyncedWorker["outcome"];
  readonly mark: Omit<PushMark, "at">;
}

/** Where nothing was brought, a mark that says the same stays, with the time of the push that brought it. */
async function notePush(session: AppSession, fleet: Fleet, { instance, facts }: Worker, { outcome, mark }: Noted) {
  const { at = "", ...before } = facts.lastPush ?? {};
  if (outcome === "unchanged" && canonicalJson(before) === canonicalJson(mark)) return;
  await fleet.files.writePush(instance, { ...mark, at: session.clock.now() });
}

/** What stands in the way is found by the push itself; a dry run asks as a plan does. */
async function foresee(
  session: AppSession,
  fleet: Fleet,
  { facts }: Worker,
  pushed: Pushed,
): Promise<Pick<Pushed, "outcome" | "work">> {
  if (pushed.outcome !== "updated") return pushed;
  const request = probeRequestOf(facts, fleet.loaded.spec, await fleet.repositoryRoot());
  const finding = await fleet.work.find(facts, request, { signal: session.interrupt.first, timeoutMs: PROBE_LIMIT_MS });
  if (finding.kind === "unknown") return { outcome: "diverged", work: `work that is not known (${finding.text})` };
  // This command's own lease is no work.
  const own = `${session.options.command}, pid ${session.pid}`;
  const items = finding.items.filter(({ kind, examples }) => kind !== "live_run" || examples[0] !== own);
  return items.length === 0 ? pushed : { outcome: "diverged", work: items.map(({ kind }) => kind).join(", ") };
}

const bringFiles: Bring = async (session, fleet, scene, worker, report) => {
  const { code, request, paths } = scene;
  if (code.kind !== "files") throw new TypeError("there is no folder");
  const { instance } = worker;
  const guestPath = String(fleet.loaded.spec.values["repo.path"]);
  const { lastPush } = worker.facts;
  const last = lastPush?.guestPath === guestPath ? { last: { ...lastPush, digest: lastPush.carriedDigest } } : {};
  const agreed = typeof request.deletes === "string" ? undefined : request.deletes?.[instance];
  const push = {
    ...{ instance, guestPath, root: code.root, overwrite: false, digest: null, paths, rules: rulesOf(fleet, scene) },
    ...{ dryRun: request.dryRun, checksum: request.checksum, compress: request.compress },
    ...last,
    deletes: deletesOf(request),
    ...(agreed === undefined ? {} : { agreed }),
  };
  await proveIsOurs(session, fleet, worker);
  const options = { signal: session.interrupt.second, timeoutMs: LIMIT_MS, report };
  const { base, digest, changes, gone, deleted, files, notes } = await fleet.code.pushFolder(push, options);
  const isSame = changes.length === 0 && !deleted;
  const outcome = isSame ? "unchanged" : "updated";
  if (!request.dryRun) {
    // Some paths alone are not the whole: the next apply brings the rest.
    const mark = { commit: "", carriedDigest: digest ?? "", base, guestPath };
    await notePush(session, fleet, worker, { outcome, mark });
  }
  const text = isSame ? hasFiles(files) : filesText(request, changes.length, deleted ? gone.length : 0);
  return { outcome, base, changes, gone, deleted, text, next: [], notes };
};

function deletesOf({ deletes }: SyncRequest): FolderPush["deletes"] {
  if (deletes === null) return "none";
  return deletes === "guarded" ? "guarded" : "all";
}

function filesText({ dryRun }: SyncRequest, changed: number, deleted: number): string {
  const parts = [`${changed} ${changed === 1 ? "file" : "files"} changed`];
  if (deleted > 0) parts.push(`${deleted} ${deleted === 1 ? "file" : "files"} removed`);
  return `${dryRun ? "would have " : ""}${parts.join(", ")}`;
}

/** For a worker whose own work is in the way. */
function waysOut({ slot, address }: Worker, hasIncoming: boolean): readonly string[] {
  const merge = hasIncoming ? [`limaform shell ${slot} -- git merge refs/limaform/incoming`] : [];
  return [...merge, `limaform shell ${slot} -- git status`, `limaform apply --replace '${address}'`];
}

function verdictOf(done: readonly Done[]): SyncDocument["verdict"] {
  if (done.some(({ outcome }) => outcome === "failed")) return "failed";
  return done.some(({ outcome }) => outcome === "diverged") ? "diverged" : "done";
}

function refuseNotReady({ name, status, readyAt }: InstanceFacts): void {
  if (status === "running" && readyAt !== null) return;
  const why = status === "running" ? "has not been ready yet" : `is ${status}`;
  throw new GuestError("GUEST_NOT_RUNNING", `${name} ${why}`, { hint: `limaform start ${name}; or: limaform apply` });
}

/** Errors: REPO_NO_COMMIT. */
export function refuseUnborn({ code }: HostCode): void {
  if (hasCode({ code })) return;
  const why = code.kind === "none" ? `${code.root} is no git repository` : "the branch has no commit yet";
  throw new RepositoryError("REPO_NO_COMMIT", `there is no code to bring into workers: ${why}`, {
    hint: 'make a commit: git commit; or bring the files as they are: repo.mode = "files" in limaform.toml',
  });
}
