import { setTimeout as sleep } from "node:timers/promises";
import { findProcess } from "./processes.js";

const LIMIT_MS = 15_000;
const PAUSE_MS = 100;

/**
 * Waits until processes are gone: limactl returns when it has sent its SIGKILL, not when the kernel is done with a VM.
 *
 * Returns those that are still alive at the limit.
 */
export async function awaitEnd(pids: readonly number[], signal: AbortSignal): Promise<readonly number[]> {
  let left = pids;
  for (let waitedMs = 0; left.length > 0 && waitedMs < LIMIT_MS; waitedMs += PAUSE_MS) {
    const found = await Promise.all(left.map(findProcess));
    left = left.filter((_, index) => found[index] !== null);
    if (left.length > 0) await sleep(PAUSE_MS, undefined, { signal });
  }
  return left;
}
