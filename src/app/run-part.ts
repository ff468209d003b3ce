import { GuestError, LimaformError, LockBusyError, StoreError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { RunRecord } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import { taskOf } from "../util/run-part.js";
import type { RunWorker } from "./app.js";
import { collectRun } from "./collect.js";
import type { Fleet } from "./fleet.js";
import { blankWorker, toRunWorker } from "./run-worker.js";
import type { AppSession } from "./session.js";

export type WorkerRun = RunWorker;

/** Of one call into a guest. */
export const CALL_LIMIT_MS = 2 * 60_000;
/** For another limaform that writes a transcript: it lets go at its next look. */
export const TELL_LIMIT_MS = 20_000;
const UNREACHABLE_AFTER_MS = 5 * 60_000;
/** The guest ends a run at its limit; what still runs so long after that is a guest that does not tell the truth. */
const END_GRACE_MS = 5 * 60_000;

interface Following {
  readonly timeoutMs?: number | null;
  readonly isNew?: boolean;
}

/**
 * Follows one part of a run to its end, brings its output and its work here. An interrupt ends the following only.
 * `timeoutMs`: the run's own limit, null = it has none. `isNew`: it was started this moment.
 */
export async function followPart(
  session: AppSession,
  fleet: Fleet,
  record: RunRecord,
  { timeoutMs = null, isNew = false }: Following = {},
): Promise<WorkerRun> {
  const { slot } = record;
  const task = taskOf(record);
  const say = (state: string, text: string, usage = {}) =>
    session.emit({ type: "run.worker", slot, ...task, state, text, ...usage });
  const ended = await fleet.runs.follow(record, {
    ...{ signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS, unreachableAfterMs: UNREACHABLE_AFTER_MS },
    ...(timeoutMs === null ? {} : { endsAfterMs: timeoutMs + END_GRACE_MS }),
    isNew,
    // An agent's lines are for machines; what it does is in its record.
    ...(record.agent === null ? { onLine: (line: string) => say("working", line) } : {}),
    onChange: (now) => {
      const text = (now.agent !== null && now.state === "working" && now.lastAction) || now.text;
      if (!isEnded(now.state)) say(now.state, text, usageOf(now));
    },
  });
  if (!isEnded(ended.state)) {
    say(ended.state, ended.text);
    return toRunWorker(ended, elapsedOf(session, ended));
  }
  const collected = await collectPart(session, fleet, ended);
  await session.partEnded?.(collected);
  say(ended.state, ended.text, usageOf(ended));
  return collected;
}

/** What an ended part left, brought here; a failure of that is part of what is told. */
async function collectPart(session: AppSession, fleet: Fleet, ended: RunRecord) {
  const elapsedMs = elapsedOf(session, ended);
  try {
    const result = await collectRun(session, fleet, ended);
    return toRunWorker(ended, elapsedMs, result);
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
    return { ...toRunWorker(ended, elapsedMs), error: toErrorDocument(error) };
  }
}

/** A part of which nothing is known but that something around it failed. */
export function failedPart(
  session: AppSession,
  part: { readonly slot: number; readonly task?: string; readonly instance: string },
  error: LimaformError,
  elapsedMs: number,
): WorkerRun {
  const { slot, instance } = part;
  const state = stateAfter(error);
  session.emit({ type: "run.worker", slot, ...taskOf(part), state, text: error.message });
  const text = error.message.split("\n", 1)[0] ?? "";
  return blankWorker({ slot, ...taskOf(part), instance, state, text, elapsedMs, error: toErrorDocument(error) });
}

/** What is known of the command itself when something around it failed. */
function stateAfter(error: LimaformError): WorkerRun["state"] {
  // It was left alone, its output finds no place here, or another limaform is at it: it goes on in there.
  if (error.code === "INTERRUPTED" || error instanceof StoreError || error instanceof LockBusyError) return "working";
  return error instanceof GuestError ? "unreachable" : "failed";
}

/** True where nothing more will happen; a part that nobody has begun is not over. */
export const isOver = ({ state }: Pick<WorkerRun, "state">): boolean => state === "lost" || isEnded(state);

const usageOf = ({ tokens, costUsd }: RunRecord) => ({
  ...(tokens === null ? {} : { tokens: tokens.input + tokens.output }),
  ...(costUsd === null ? {} : { costUsd }),
});

/**
 * Time from a run's start to its end, or to now; neither the code before nor the work after counts. A run may have ended
 * long before this host saw it: then its worker's word is taken, where it lies between the two.
 */
export function elapsedOf(session: Pick<AppSession, "clock">, record: RunRecord): number {
  const startMs = Date.parse(record.startedAt);
  const seenMs = Date.parse(isEnded(record.state) ? record.updatedAt : session.clock.now());
  const toldMs = isEnded(record.state) && record.endedAt !== null ? Date.parse(record.endedAt) : seenMs;
  return Math.max(0, (toldMs >= startMs && toldMs <= seenMs ? toldMs : seenMs) - startMs);
}
