import { LockBusyError } from "../../errors/errors.js";
import type { LockHolder } from "../../ports/host.js";

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
    return new LockBusyError("LOCK_BUSY", `${what} is locked, and its lock cannot be read`, {
      hint: `A newer limaform may hold it. If none runs, remove the lock: rm ${path}`,
      details,
    });
  }
  const { operation, pid, since } = holder;
  const waited = waitedMs < 1000 ? "" : `; waited ${Math.round(waitedMs / 1000)} s`;
  const message = `${what} is busy: ${operation} (pid ${pid} on ${holder.host}) holds it since ${since}${waited}`;
  const hint =
    holder.host === host
      ? `Wait for it, longer with --lock-timeout 10m. To see it: ps -p ${pid}`
      : `Wait for it, longer with --lock-timeout 10m. If that host is gone, remove the lock: rm ${path}`;
  return new LockBusyError("LOCK_BUSY", message, { hint, details });
}
