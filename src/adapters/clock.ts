import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../ports/host.js";

/* The only home of the current time, of waiting and of random ids. */

/** Node turns a longer delay into 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export function createClock(): Clock {
  return {
    now: () => new Date().toISOString(),
    monotonicMs,
    async sleep(ms, signal) {
      const end = monotonicMs() + ms;
      for (let left = ms; left > 0; left = end - monotonicMs()) await delay(Math.min(left, MAX_DELAY_MS), signal);
    },
    randomHex: (digits) =>
      randomBytes(Math.ceil(digits / 2))
        .toString("hex")
        .slice(0, digits),
  };
}

/** Not of `node:crypto`: to load that takes longer than many commands do anything, and each one names itself. */
function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const source = openSync("/dev/urandom", "r");
  try {
    for (let read = 0; read < count; ) read += readSync(source, bytes, read, count - read, null);
  } finally {
    closeSync(source);
  }
  return bytes;
}

/** Not `performance`: its first use loads a module of Node's that no start needs. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Node wraps the reason in an AbortError of its own; the port promises the reason itself. */
async function delay(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
