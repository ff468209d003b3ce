/* Effects: a timer over several calls. */
import type { GitTimes } from "./bare.js";

/** One limit for all calls of `use`, however many there are: when the time is up, each of them ends with `late`. */
export async function withDeadline<T>(
  times: GitTimes,
  late: () => Error,
  use: (times: GitTimes) => Promise<T>,
): Promise<T> {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(late()), times.timeoutMs);
  try {
    return await use({ signal: AbortSignal.any([times.signal, clock.signal]), timeoutMs: times.timeoutMs });
  } finally {
    clearTimeout(timer);
  }
}
