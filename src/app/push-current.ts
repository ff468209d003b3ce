import { LimaformError } from "../errors/errors.js";
import type { SourceFacts } from "../world/sources.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";
import { codeFacts, readOwnFiles } from "./sources.js";
import { bringCode } from "./sync.js";
import type { Worker } from "./workers.js";

/** The host's code as it is now, read once for all workers of a run. */
export interface CurrentCode {
  readonly code: SourceFacts["repository"];
  readonly ownFiles: readonly string[];
}

/** null: there is nothing to bring in (no repository, no commit). */
export async function currentCode(session: AppSession, fleet: Fleet): Promise<CurrentCode | null> {
  const { spec } = fleet.loaded;
  const ownFiles = await readOwnFiles(spec, { ...fleet, repository: session.repository, writes: [] });
  const code = await codeFacts(spec, session.repository, ownFiles, session.interrupt.first);
  return code.kind === "files" || (code.kind === "git" && code.head !== null) ? { code, ownFiles } : null;
}

/**
 * Brings the worker's code up to date as `sync` does, where it holds no work of its own. Gives the base commit that its
 * tree stands on then; null where no code went in.
 */
export async function pushCurrent(
  session: AppSession,
  fleet: Fleet,
  { code, ownFiles }: CurrentCode,
  worker: Worker,
): Promise<string | null> {
  const { slot, facts } = worker;
  const before = facts.lastPush?.base ?? null;
  const tell = (text: string) => session.emit({ type: "run.worker", slot, state: "preparing", text });
  const warn = (text: string) =>
    session.emit({ type: "log", level: "warning", text: `worker ${slot} runs on the code that is there: ${text}` });
  const request = { words: [], paths: [], dryRun: false, deletes: null, checksum: false, compress: false };
  try {
    const brought = await bringCode(session, fleet, { request, code, ownFiles, paths: [] }, worker, tell);
    if (brought.outcome === "diverged") warn(brought.text);
    return brought.outcome === "diverged" ? before : brought.base;
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code !== "PUSH_HAS_WORK") throw error;
    warn(error.message);
    return before;
  }
}
