import { ApplyError } from "../errors/errors.js";
import type { Clock } from "../ports/host.js";
import { formatDuration } from "../util/duration.js";

/** What is ended has to end its children first: SIGTERM, some seconds, SIGKILL. Then it is waited for no longer. */
export const ABANDON_AFTER_MS = 15_000;

export interface TimeLimit {
  readonly clock: Pick<Clock, "sleep">;
  readonly timeoutMs: number;
  /** The caller's own wish to stop. */
  readonly signal: AbortSignal;
  /** For the message: `create:worker.default[2]`. */
  readonly what: string;
}

/**
 * Calls `act` with a signal that is aborted when the time is up or the caller stops it.
 *
 * Units: `timeoutMs` covers everything that `act` does, repeats included.
 * Errors: APPLY_STEP_TIMED_OUT with what `act` threw as cause; the caller's reason where `act` does not end after being
 * stopped; else what `act` throws.
 */
export async function withTimeLimit(limit: TimeLimit, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const over = new AbortController();
  const onAbort = (): void => stop.abort(limit.signal.reason);
  if (limit.signal.aborted) onAbort();
  limit.signal.addEventListener("abort", onAbort, { once: true });
  const timer = after(limit.clock, limit.timeoutMs, over.signal, () => stop.abort(timedOut(limit)));
  try {
    await Promise.race([act(stop.signal), timer, abandoned(limit.clock, stop.signal, over.signal)]);
  } catch (error) {
    const { reason } = stop.signal;
    const isTimeUp = stop.signal.aborted && !limit.signal.aborted;
    throw isTimeUp && error !== reason ? timedOut(limit, error) : error;
  } finally {
    over.abort();
    limit.signal.removeEventListener("abort", onAbort);
  }
}

function timedOut({ what, timeoutMs }: TimeLimit, cause?: unknown): ApplyError {
  const options = { hint: "To see what is left to do: limaform plan", details: { step: what, timeoutMs }, cause };
  return new ApplyError(
    "APPLY_STEP_TIMED_OUT",
    `${what} was ended: it took longer than ${formatDuration(timeoutMs)}`,
    options,
  );
}

/** Acts after a time unless it is over before. Never resolves (for races); rejects where the clock fails. */
async function after(clock: Pick<Clock, "sleep">, ms: number, over: AbortSignal, act: () => void): Promise<never> {
  try {
    await clock.sleep(ms, over);
    act();
  } catch (error) {
    if (!over.aborted) throw error;
  }
  return forever();
}

/** Rejects with the signal's reason some time after it was aborted. */
async function abandoned(clock: Pick<Clock, "sleep">, stop: AbortSignal, over: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener("abort", () => resolve(), { once: true });
  });
  return after(clock, ABANDON_AFTER_MS, over, () => {
    throw stop.reason;
  });
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
