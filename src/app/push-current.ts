import { LimaformError } from "../errors/errors.js";
import type { Fleet } from "./fleet.js";
import type { HostCode } from "./host-code.js";
import type { AppSession } from "./session.js";
import { bringCode } from "./sync.js";
import type { Worker } from "./workers.js";

const ASK_LIMIT_MS = 60_000;

/**
 * Whether a worker has the host's code already, so that there is nothing to bring; to be asked beside a look at its instance,
 * whose mark `isMarked` then has the last word. What is not a commit alone is for the push itself to compare.
 */
export async function askCurrent(
  session: AppSession,
  fleet: Fleet,
  { code }: HostCode,
  { instance }: Pick<Worker, "instance">,
): Promise<{ isMarked(worker: Worker): boolean } | null> {
  const { values } = fleet.loaded.spec;
  if (code.kind !== "git" || code.head === null) return null;
  if (code.carried.count > 0 && values["repo.uncommitted"] !== false) return null;
  const { head: commit, branch } = code;
  const guestPath = String(values["repo.path"]);
  const options = { signal: session.interrupt.first, timeoutMs: ASK_LIMIT_MS };
  if (!(await fleet.code.isCurrent({ instance, guestPath, commit, branch }, options))) return null;
  return {
    isMarked({ facts: { lastPush } }) {
      if (lastPush === null || lastPush.guestPath !== guestPath || lastPush.carriedDigest !== "") return false;
      return lastPush.commit === commit && lastPush.base === commit;
    },
  };
}

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
