import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../ports/host.js";

/* The only home of the current time, of waiting and of random ids. */

/** Node turns a longer delay into 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export function createClock(): Clock {
  return {
    now: () => new Date().toISOString(),
    monotonicMs: () => performance.now(),
    async sleep(ms, signal) {
      const end = performance.now() + ms;
      for (let left = ms; left > 0; left = end - performance.now()) await delay(Math.min(left, MAX_DELAY_MS), signal);
    },
    randomHex: (digits) =>
      randomBytes(Math.ceil(digits / 2))
        .toString("hex")
        .slice(0, digits),
  };
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
