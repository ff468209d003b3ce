import { LockBusyError } from "../../errors/errors.js";
import type { HeldLock, LockHolder } from "../../ports/host.js";

export interface BusyContext {
  readonly holder: LockHolder;
  /** What is locked, for the message: `project my-app`. */
  readonly what: string;
  /** The lock's file. */
  readonly path: string;
  /** The name of the host we run on. */
  readonly host: string;
  readonly waitedMs: number;
}

/** Code LOCK_BUSY. Units in details: `waitedMs`. */
export function lockBusy({ holder, what, path, host, waitedMs }: BusyContext): LockBusyError {
  const details = { path, waitedMs, ...holder };
  if (holder.pid === 0) {
    return new LockBusyError("LOCK_BUSY", `${what} is locked, and its lock cannot be read: ${path}`, {
      hint: `A newer limaform may hold it. To look at it, and to release it if none runs: limaform unlock`,
      details,
    });
  }
  const { operation, pid, since } = holder;
  const waited = waitedMs < 1000 ? "" : `; waited ${Math.round(waitedMs / 1000)} s`;
  const message = `${what} is busy: ${operation} (pid ${pid} on ${holder.host}) holds it since ${since}${waited}`;
  const hint =
    holder.host === host
      ? `Wait for it, longer with --lock-timeout 10m. To see it: ps -p ${pid}`
      : `Wait for it, longer with --lock-timeout 10m. If it has ended there for good, release the lock: limaform unlock`;
  return new LockBusyError("LOCK_BUSY", message, { hint, details });
}

/** Why `unlock` does not release it: code LOCK_BUSY. Two at work on one fleet cost more than waiting. */
export function lockAlive({ holder, instance, path }: HeldLock, project: string): LockBusyError {
  const { operation, pid, since, host } = holder ?? { operation: "unknown", pid: 0, since: "", host: "" };
  const what = instance ?? `project ${project}`;
  return new LockBusyError(
    "LOCK_BUSY",
    `${what} stays locked: ${operation} (pid ${pid} on ${host}, since ${since}) is alive`,
    {
      hint: `wait for it, or interrupt it: kill -INT ${pid}; it gives the lock back when it ends`,
      details: { path, ...holder },
    },
  );
}
