import type { Clock } from "../../src/ports/host.js";

export interface FakeClock extends Clock {
  /** Lets time pass; wakes sleepers in order and lets what they start come to rest. */
  advance(ms: number): Promise<void>;
  /** How many sleeps are under way. */
  sleeping(): number;
  /** How long the sleeps were that have begun, in order. */
  readonly sleeps: readonly number[];
}

const START = Date.UTC(2026, 10, 1);

/** A clock that stands still until told otherwise. Ids count up. */
export function createFakeClock(): FakeClock {
  let nowMs = 0;
  let ids = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const sleeps: number[] = [];
  return {
    now: () => new Date(START + nowMs).toISOString(),
    monotonicMs: () => nowMs,
    randomHex(digits) {
      ids += 1;
      return ids.toString(16).padStart(digits, "0");
    },
    sleep(ms, signal) {
      sleeps.push(ms);
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        };
        const sleeper = {
          at: nowMs + ms,
          wake: () => {
            signal.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        signal.addEventListener("abort", onAbort, { once: true });
        sleepers.add(sleeper);
      });
    },
    async advance(ms) {
      const end = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        sleepers.delete(next);
        nowMs = Math.max(nowMs, next.at);
        next.wake();
        await settle();
      }
      nowMs = end;
    },
    sleeping: () => sleepers.size,
    sleeps,
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
