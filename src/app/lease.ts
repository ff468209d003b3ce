import type { LockHandle, LockHolder } from "../ports/host.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";

/** Who collects, accepts or discards is through in this time, mostly in a second. */
const QUARANTINE_WAIT_MS = 60_000;

type LeaseSession = Pick<AppSession, "options" | "interrupt" | "emit">;

/** The worker is in use by this process until it is released. Errors: LOCK_BUSY after `--lock-timeout`. */
export function leaseWorker(
  session: LeaseSession,
  fleet: Pick<Fleet, "lock">,
  instance: string,
  timeoutMs: number = session.options.lockTimeoutMs,
): Promise<LockHandle> {
  const { options, interrupt, emit } = session;
  const text = ({ operation, pid }: LockHolder): string => `${operation}, pid ${pid}`;
  return fleet.lock.acquireLease(instance, {
    operation: options.command,
    timeoutMs,
    signal: interrupt.first,
    onWaiting: (holder, waitedMs) => emit({ type: "lock.waiting", holder: text(holder), waitedMs }),
    onTakenOver: (holder) => emit({ type: "lock.taken_over", holder: text(holder) }),
  });
}

/**
 * One at a time per worker's quarantine: an accept that meets a discard, or two that collect the same run, would each
 * see half of what the other does. Not the worker's own lease: a run may hold that for hours.
 */
export async function withQuarantine<T>(
  session: LeaseSession,
  fleet: Pick<Fleet, "lock">,
  instance: string,
  act: () => Promise<T>,
): Promise<T> {
  const timeoutMs = Math.max(QUARANTINE_WAIT_MS, session.options.lockTimeoutMs);
  const handle = await leaseWorker(session, fleet, `${instance}.results`, timeoutMs);
  try {
    return await act();
  } finally {
    await handle.release();
  }
}
