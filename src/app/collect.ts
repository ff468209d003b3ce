import { realOrSame } from "../adapters/host/files.js";
import { LimaformError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { CallOptions } from "../ports/instances.js";
import type { ResultSummary } from "../ports/results.js";
import type { RunRecord } from "../ports/runs.js";
import { specPathIn } from "../resources/binding/carry.js";
import { isEnded } from "../runs/state.js";
import { taskOf } from "../util/run-part.js";
import type { ResultsDocument } from "./app.js";
import { readRuns } from "./damaged-runs.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker, withQuarantine } from "./lease.js";
import type { AppSession } from "./session.js";

/** For all of one worker's work, its slow ssh included. */
const COLLECT_LIMIT_MS = 20 * 60_000;
const LOOK_LIMIT_MS = 60_000;

/** With its whole output, once it has ended; null before. A run that goes on stays with whoever follows it. */
export async function endedRun(fleet: Fleet, record: RunRecord, options: CallOptions): Promise<RunRecord | null> {
  if (isEnded(record.state)) return record;
  if (!isEnded((await fleet.runs.look(record, options)).state)) return null;
  const now = await fleet.runs.refresh(record, { ...options, all: true });
  return isEnded(now.state) ? now : null;
}

/** Takes what an ended run left into quarantine. null: it changed nothing, or no code went in. */
export async function collectRun(session: AppSession, fleet: Fleet, record: RunRecord): Promise<ResultSummary | null> {
  const { run, slot, instance, base } = record;
  const options = { signal: session.interrupt.second, timeoutMs: COLLECT_LIMIT_MS };
  const top = await fleet.repositoryRoot();
  const { spec } = fleet.loaded;
  const isFolder = spec.values["repo.mode"] === "files";
  const root = isFolder ? await realOrSame(top ?? spec.root) : top;
  const report = (text: string) => session.emit({ type: "run.worker", slot, state: "collecting", text });
  const guestPath = String(spec.values["repo.path"]);
  const result =
    base === null || root === null
      ? null
      : await withQuarantine(session, fleet, instance, async () =>
          fleet.results.collect(
            {
              instance,
              run,
              slot,
              ...taskOf(record),
              root,
              base,
              guestPath,
              specFiles: [specPathIn(root, await realOrSame(spec.file))],
              isFolder,
              isRepository: top !== null,
            },
            { ...options, report },
          ),
        );
  if (result === null) await fleet.runs.markCollected(record, options);
  await fleet.setCollected(record);
  return result;
}

/**
 * Runs that ended while nobody followed them: collected before results are shown. A worker that is gone is left out, and
 * so is one that another limaform follows. What one worker refuses is said and does not hide the results of others.
 */
export async function collectPending(session: AppSession, fleet: Fleet): Promise<ResultsDocument["uncollected"]> {
  const { instances } = await fleet.reader.list(session.interrupt.first);
  const running = new Set(instances.filter(({ status }) => status === "running").map(({ name }) => name));
  const failed: ResultsDocument["uncollected"][number][] = [];
  for (const record of (await readRuns(session, fleet)).records) {
    if (!running.has(record.instance) || (await fleet.isCollected(record))) continue;
    try {
      await collectEnded(session, fleet, record);
    } catch (error) {
      if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
      const { run, slot, instance } = record;
      if (error.code !== "LOCK_BUSY") failed.push({ run, slot, instance, error: toErrorDocument(error) });
    }
  }
  return failed;
}

async function collectEnded(session: AppSession, fleet: Fleet, record: RunRecord): Promise<void> {
  const lease = await leaseWorker(session, fleet, record.instance, 0);
  try {
    const ended = await endedRun(fleet, record, { signal: session.interrupt.first, timeoutMs: LOOK_LIMIT_MS });
    if (ended !== null) await collectRun(session, fleet, ended);
  } finally {
    await lease.release();
  }
}
