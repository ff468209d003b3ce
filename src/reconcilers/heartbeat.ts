import type { Clock } from "../ports/host.js";

/** A reader of the event stream may take a running step that is silent for longer as dead. Source: engine reference B29. */
export const HEARTBEAT_MS = 10_000;

/** Calls `beat` every 10 s until stopped; never after that. */
export function startHeartbeat(clock: Pick<Clock, "sleep">, beat: () => void): { stop(): void } {
  const stopped = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await clock.sleep(HEARTBEAT_MS, stopped.signal);
      } catch (error) {
        if (stopped.signal.aborted) return;
        throw error;
      }
      if (!stopped.signal.aborted) beat();
    }
  };
  void run();
  return { stop: () => stopped.abort() };
}
