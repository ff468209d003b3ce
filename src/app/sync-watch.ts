import { cpus } from "node:os";
import { LimaformError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import { carryChoiceOf } from "../resources/carry-rules.js";
import { mapLimit } from "../util/map-limit.js";
import type { SyncRequest, WatchSyncRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import { readHostCode } from "./host-code.js";
import type { AppSession } from "./session.js";
import { knownWorkers } from "./shell.js";
import { type Done, refuseUnborn, type Scene, syncOne } from "./sync.js";
import { pathsOf, splitWords } from "./sync-words.js";
import { watchLoop } from "./watch-loop.js";
import type { Worker } from "./workers.js";

/** Units: milliseconds. A channel that stays open longer than this is opened anew. */
const EVENTS_MS = 24 * 60 * 60_000;
/** A worker that fails is asked again after one interval, then after twice as long each time, up to this. */
const MOST_WAIT_MS = 60_000;
/** Intervals. A worker that has all is asked so seldom whether it still has; changes here reach it at once. */
const ASKED_EVERY = 10;

/**
 * Brings the code into workers at once whenever it changes here, until the first signal. A push that has begun is finished.
 * What holds for `sync` holds for each push; what stands in the way is told once.
 *
 * Errors: USAGE_…; of the first pass those of this host. Of workers, and later, they are told and the watch goes on.
 */
export async function watchSync(session: AppSession, request: WatchSyncRequest): Promise<void> {
  const fleet = await session.fleet();
  const { workers, words } = splitWords(await knownWorkers(session), request.words);
  const host = await readHostCode(session, fleet);
  refuseUnborn(host);
  const { code, ownFiles } = host;
  if (code.kind === "none") throw new TypeError("there is no code");
  const { values } = fleet.loaded.spec;
  const watching: Watching = {
    ...{ session, fleet, request },
    paths: await pathsOf(session, fleet, { code, typed: [...words, ...request.paths] }),
    intervalMs: request.intervalMs ?? Number(values["watch.interval"]) * 1000,
    known: new Map(workers.map((worker) => [worker, { kind: "new", print: "", dueMs: 0, waitMs: 0, told: "" }])),
    isQuiet: false,
    failure: "",
  };
  const events = { root: code.root, skip: carryChoiceOf(values, ownFiles).skip };
  const options = { signal: session.interrupt.first, timeoutMs: EVENTS_MS };
  await watchLoop(session, {
    intervalMs: watching.intervalMs,
    pass: () => pass(watching),
    tell: (error) => tell(watching, error),
    follow: (hint) => fleet.codeEvents.follow(events, hint, options),
  });
}

/** What is known of one worker. */
interface Known {
  readonly kind: "new" | "ok" | "diverged" | "failed";
  /** Fingerprint of the code that it was last asked with. */
  readonly print: string;
  /** Units: milliseconds of the monotonic clock. It is asked again then, whether anything changed or not. */
  readonly dueMs: number;
  readonly waitMs: number;
  /** What was said of it last, so that it is said once. */
  readonly told: string;
}

interface Watching {
  readonly session: AppSession;
  readonly fleet: Fleet;
  readonly request: WatchSyncRequest;
  readonly paths: readonly string[];
  readonly intervalMs: number;
  readonly known: Map<Worker, Known>;
  /** True once the line that nothing happens was printed. */
  isQuiet: boolean;
  /** Failure of this host that was told last. */
  failure: string;
}

async function pass(watching: Watching): Promise<void> {
  const { session, fleet, known, paths } = watching;
  const host = await readHostCode(session, fleet);
  refuseUnborn(host);
  watching.failure = "";
  const print = printOf(host);
  const nowMs = session.clock.monotonicMs();
  const due = [...known].flatMap(([worker, { kind, print: last, dueMs }]) =>
    nowMs >= dueMs || (kind !== "failed" && print !== last) ? [worker] : [],
  );
  const scene: Scene = { request: requestOf(watching), ...host, paths };
  let news = 0;
  await mapLimit(due, 2 * cpus().length, async (worker) => {
    const done = await syncOne(session, fleet, { scene, worker, facts: "anew", tell: () => {} });
    if (settle(watching, worker, { done, print })) news += 1;
  });
  if (news > 0) watching.isQuiet = false;
  else if (!watching.isQuiet && [...known.values()].every((each) => each.print === print)) {
    watching.isQuiet = true;
    session.emit({ type: "sync.idle", text: `nothing new; looked at every ${watching.intervalMs / 1000} s` });
  }
}

/** Says what is new about a worker and when it is asked again. True where something was said. */
function settle(
  watching: Watching,
  worker: Worker,
  { done, print }: { readonly done: Done; readonly print: string },
): boolean {
  const { session, known, intervalMs } = watching;
  const before = known.get(worker);
  const { slot } = worker;
  const nowMs = session.clock.monotonicMs();
  if (done.error?.code.startsWith("STALE_") === true) {
    // Written to while it was read: the event of that change is on its way, and the interval comes too.
    known.set(worker, { kind: "new", print: "", dueMs: nowMs, waitMs: 0, told: before?.told ?? "" });
    return false;
  }
  const kind = done.outcome === "updated" || done.outcome === "unchanged" ? "ok" : done.outcome;
  const told = `${kind} ${done.error?.code ?? ""}`;
  const waitMs =
    kind === "failed" && before?.kind === "failed" ? Math.min(2 * before.waitMs, mostWait(intervalMs)) : intervalMs;
  known.set(worker, { kind, print, dueMs: nowMs + waitMs * (kind === "ok" ? ASKED_EVERY : 1), waitMs, told });
  const isNew = before?.told !== told;
  if (done.outcome === "updated" || (kind === "ok" && isNew && before?.told !== "")) {
    session.emit({ type: "sync.pushed", slot, text: done.text, changes: done.changes });
    return true;
  }
  if (kind === "ok" || !isNew) return false;
  if (done.error !== null && kind === "failed") session.emit({ type: "sync.failed", slot, error: done.error });
  else session.emit({ type: "sync.waits", slot, text: done.text, next: done.next });
  return true;
}

const mostWait = (intervalMs: number): number => Math.max(intervalMs, MOST_WAIT_MS);

function requestOf({ request }: Watching): SyncRequest {
  const { checksum, compress, deletes } = request;
  return { words: [], paths: [], dryRun: false, deletes: deletes ? "guarded" : null, checksum, compress };
}

/** Which code it is: another one wherever anything that goes in differs. */
function printOf({ code }: Pick<Scene, "code">): string {
  if (code.kind === "git") return `${code.head} ${code.branch} ${code.carried.digest}`;
  return code.kind === "files" ? code.carried.digest : "";
}

function tell(watching: Watching, error: unknown): void {
  if (!(error instanceof LimaformError)) throw error;
  if (watching.failure === error.code) return;
  watching.failure = error.code;
  watching.isQuiet = false;
  watching.session.emit({ type: "sync.failed", slot: null, error: toErrorDocument(error) });
}
