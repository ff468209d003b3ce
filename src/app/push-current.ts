import { LimaformError } from "../errors/errors.js";
import type { Fleet } from "./fleet.js";
import type { HostCode } from "./host-code.js";
import type { AppSession } from "./session.js";
import { bringCode } from "./sync.js";
import type { Worker } from "./workers.js";

/**
 * Brings the worker's code up to date as `sync` does, where it holds no work of its own. Gives the base commit that its
 * tree stands on then; null where no code went in.
 */
export async function pushCurrent(
  session: AppSession,
  fleet: Fleet,
  host: HostCode,
  worker: Worker,
): Promise<string | null> {
  const { slot, facts } = worker;
  const before = facts.lastPush?.base ?? null;
  const tell = (text: string) => session.emit({ type: "run.worker", slot, state: "preparing", text });
  const warn = (text: string) =>
    session.emit({ type: "log", level: "warning", text: `worker ${slot} runs on the code that is there: ${text}` });
  const request = { words: [], paths: [], dryRun: false, deletes: null, checksum: false, compress: false };
  try {
    const brought = await bringCode(session, fleet, { request, ...host, paths: [] }, worker, tell);
    if (brought.outcome === "diverged") warn(brought.text);
    return brought.outcome === "diverged" ? before : brought.base;
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code !== "PUSH_HAS_WORK") throw error;
    warn(error.message);
    return before;
  }
}
