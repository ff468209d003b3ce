import { LimaformError, UsageError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { BackChange } from "../ports/back.js";
import { UNATTENDED } from "../review/back-decide.js";
import type { WatchBackRequest } from "./app.js";
import { type BackPlace, backPlace, texts } from "./back-request.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import type { AppSession } from "./session.js";
import { lookBack, takeBack } from "./sync-back.js";
import { watchLoop } from "./watch-loop.js";

/** A channel that stays open longer than this is opened anew. Units: milliseconds. */
const CHANNEL_MS = 6 * 60 * 60_000;

/**
 * Pulls again and again until the first signal, with nobody to ask: what is flagged, deleted or in conflict is told once
 * and waits for `sync-back --review`. A pull that has begun to write is finished.
 *
 * Errors: those of the first pull; later ones are told and the watch goes on.
 */
export async function watchBack(session: AppSession, request: WatchBackRequest): Promise<void> {
  const fleet = await session.fleet();
  const { values } = fleet.loaded.spec;
  const defaults = texts(values["watch.default_paths"]);
  if (request.paths.length === 0 && defaults.length === 0) {
    throw new UsageError("USAGE_MISSING_ARGUMENT", "watch-back needs the paths to watch", {
      hint: `limaform watch-back ${request.worker} . (or set watch.default_paths in the spec)`,
    });
  }
  const place = await backPlace(session, fleet, { worker: request.worker, paths: request.paths, defaults });
  const intervalMs = request.intervalMs ?? Number(values["watch.interval"]) * 1000;
  const lease = await leaseWorker(session, fleet, `${place.request.instance}.back`);
  try {
    await watch({ session, fleet, place, intervalMs, told: new Map(), isQuiet: false, failure: "" }, request.live);
  } finally {
    await lease.release();
  }
}

interface Watching {
  readonly session: AppSession;
  readonly fleet: Fleet;
  readonly place: BackPlace;
  readonly intervalMs: number;
  /** What was said of a path last, so that it is said once. */
  readonly told: Map<string, string>;
  /** True once the line that nothing happens was printed. */
  isQuiet: boolean;
  /** The failure that was told last; empty after a pull that went well. */
  failure: string;
}

function watch(watching: Watching, isLive: boolean): Promise<void> {
  const { session, fleet, place, intervalMs } = watching;
  const channel = { signal: session.interrupt.first, timeoutMs: CHANNEL_MS };
  return watchLoop(session, {
    intervalMs,
    pass: async () => {
      await pull(watching);
      watching.failure = "";
    },
    tell: (error) => tell(watching, error),
    follow: isLive ? (hint) => fleet.back.follow(place.request, hint, channel) : null,
  });
}

/** One complete pull: looks at everything, whatever a hint said. */
async function pull(watching: Watching): Promise<void> {
  const { session, fleet, place, told } = watching;
  const { slot } = place.worker;
  const look = await lookBack(session, fleet, place, () => {});
  const { changes, halted } = await takeBack(session, fleet, place, look, UNATTENDED);
  let news = 0;
  for (const text of halted) {
    if (told.get("") !== text)
      session.emit({ type: "back.changed", slot, path: ".", change: "many", status: "halted", why: text });
    told.set("", text);
  }
  for (const change of changes) {
    if (!isNews(told, change)) continue;
    const { path, change: what, status, why } = change;
    session.emit({ type: "back.changed", slot, path, change: what, status, why });
    news += 1;
  }
  if (news > 0) watching.isQuiet = false;
  else if (!watching.isQuiet) {
    watching.isQuiet = true;
    session.emit({ type: "back.idle", slot, text: `nothing new; looked at every ${watching.intervalMs / 1000} s` });
  }
}

function isNews(told: Map<string, string>, { path, status, why, object }: BackChange): boolean {
  if (status === "same") return false;
  const word = `${status} ${why} ${object}`;
  if (told.get(path) === word && status !== "taken") return false;
  told.set(path, word);
  return true;
}

function tell(watching: Watching, error: unknown): void {
  if (!(error instanceof LimaformError)) throw error;
  if (watching.failure === error.code) return;
  watching.failure = error.code;
  watching.isQuiet = false;
  watching.session.emit({ type: "back.failed", slot: watching.place.worker.slot, error: toErrorDocument(error) });
}
