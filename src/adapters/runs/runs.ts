/* Effects: runs in guests, their output and records on the host. */

import { RunError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";
import type { Store } from "../../ports/host.js";
import type { FollowOptions, RunRecord, RunStartRequest, Runs, RunTarget } from "../../ports/runs.js";
import type { RunEvidence } from "../../runs/evidence.js";
import { isEnded, NOTHING } from "../../runs/state.js";
import { partId, taskOf } from "../../util/run-part.js";
import {
  judged,
  lookAlone,
  lookOnce,
  lookOnly,
  lookOrNothing,
  NO_REPORT,
  NOTHING_WANTED,
  type OnBytes,
  type Scene,
  trackerOf,
} from "./look.js";
import { createLines, type Stream } from "./output.js";
import { createRunRecords, type RunRecords } from "./run-record.js";
import type { Tracker } from "./tracker.js";
import type { Transcripts } from "./transcripts.js";
import { createRunUnits } from "./units.js";

export interface RunParts extends Pick<Scene, "clock" | "readerOf"> {
  readonly guest: Guest;
  readonly store: Store;
  /** Folder of the runs in the guest, absolute. */
  readonly runsFolder: string;
  /** Folder in the guest's memory for secrets that are on their way. Default `/run/limaform`. */
  readonly memoryFolder?: string;
  /** Absent = no readable transcript is kept. */
  readonly transcripts?: Transcripts;
  /** Between two looks at a run. Default 1 s. */
  readonly pollMs?: number;
}

const POLL_MS = 1_000;
/**
 * Looks for which a worker that has said nothing is waited for in one: each takes what its agent needs to begin. Where the
 * start did not tell yet that it is at work, the first is a short one, which tells it.
 */
const SILENT_LOOKS = 10;
/** A worker that is certainly not running is not waited for like one that is silent; a restart by hand takes less. */
const GONE_AFTER_MS = 20_000;

/** Source: design page §8; reference/lima.md §0, transient units. */
export function createRuns(parts: RunParts): Runs {
  const { clock } = parts;
  const units = createRunUnits(parts.guest, parts.runsFolder, parts.memoryFolder);
  const records = createRunRecords(parts.store);
  const scene: Scene = { units, records, clock, readerOf: parts.readerOf, transcripts: parts.transcripts ?? null };
  /** Of looks at the same part, as `wait` makes them: its output is read once. */
  const looking = new Map<string, Tracker>();
  return {
    async start(request, options) {
      // Written first: a start whose answer is lost must not become a run that nobody knows of.
      const record = begun(request, await records.folder(request), clock.now());
      await records.write(record);
      let seen: RunEvidence | null;
      try {
        seen = await units.start(request, options, options.through);
      } catch (error) {
        // Only a refusal proves that nothing runs; after a lost answer the record stays open for the next look.
        if (error instanceof RunError) {
          await records.write({ ...record, state: "failed", failure: "not_started", text: "it was not started" });
        }
        throw error;
      }
      if (seen === null) return record;
      // Nothing of its output is here: of one that is over already the look tells, which brings it.
      const heard = judged(record, seen, { tracker: await trackerOf(scene, record), hasMore: true });
      await records.write(heard);
      return heard;
    },
    approach: (place, options) => units.approach(place, options),
    async refresh(target, options) {
      const record = await knownRecord(records, target);
      return isEnded(record.state) ? record : lookAlone(scene, record, { ...options, all: options.all === true });
    },
    async look(target, options) {
      const record = await knownRecord(records, target);
      if (isEnded(record.state)) return record;
      const id = partId(record);
      const tracker = looking.get(id) ?? (await trackerOf(scene, record));
      looking.set(id, tracker);
      return lookOnly(scene, record, tracker, options);
    },
    async isThere(target, options) {
      const { evidence } = await lookOrNothing(units, target, NOTHING_WANTED, options);
      if (evidence === null) return null;
      return evidence.start !== null || evidence.end !== null || evidence.unit !== "unknown";
    },
    async tell(target, options) {
      await parts.transcripts?.finish(await knownRecord(records, target), options);
    },
    async follow(target, options) {
      try {
        return await followRun(scene, target, options, parts.pollMs ?? POLL_MS);
      } finally {
        // One that does not answer any more is left to others, who may bring its end.
        await scene.transcripts?.leave(target);
      }
    },
    async cancel(target, options) {
      const record = await knownRecord(records, target);
      if (isEnded(record.state)) return record;
      await units.cancel(target, options);
      return lookAlone(scene, record, { ...options, all: true });
    },
    markCollected: (target, options) => units.markCollected(target, options),
    async isLeft(target, options) {
      const { evidence } = await lookOrNothing(units, target, NOTHING_WANTED, options);
      return evidence === null ? null : evidence.exists && !evidence.isCollected;
    },
    list: async () => (await records.survey()).records,
    async ofRun(run) {
      const { records: found, damaged } = await records.survey(run);
      if (damaged[0] !== undefined) throw damaged[0].error;
      return found;
    },
    survey: () => records.survey(),
    close: async () => parts.transcripts?.close(),
  };
}

async function followRun(scene: Scene, target: RunTarget, options: FollowOptions, pollMs: number): Promise<RunRecord> {
  const { records, clock } = scene;
  const lines = { stdout: lineSink(options.onLine, "stdout"), stderr: lineSink(options.onLine, "stderr") };
  const onBytes: OnBytes = (stream, bytes) => lines[stream].add(bytes);
  let record = await knownRecord(records, target);
  const tracker = await trackerOf(scene, record);
  const startedAt = clock.monotonicMs();
  let heardAt = startedAt;
  const longMs = Math.min(SILENT_LOOKS * pollMs, record.stuckAfterMs);
  let waitMs = options.isNew === true && record.since !== null ? longMs : pollMs;
  while (!isEnded(record.state)) {
    const askedAt = clock.monotonicMs();
    const seen = await lookOnce(scene, record, { tracker, onBytes }, { ...options, waitMs });
    if (hasChanged(record, seen.record)) options.onChange?.(seen.record);
    record = seen.record;
    const now = clock.monotonicMs();
    if (record.state !== "unreachable") heardAt = now;
    else if (now - heardAt >= Math.min(options.unreachableAfterMs, seen.isGone ? GONE_AFTER_MS : Infinity)) break;
    if (!isEnded(record.state) && now - startedAt >= (options.endsAfterMs ?? Infinity)) {
      record = await giveUp(scene, record);
    }
    waitMs = longMs;
    // Where the worker itself waited in vain for a first word, that was the pause.
    const pauseMs = seen.isSilent ? Math.max(0, pollMs - (now - askedAt)) : pollMs;
    if (!isEnded(record.state) && !seen.hasMore) await clock.sleep(pauseMs, options.signal);
  }
  for (const sink of Object.values(lines)) sink.end();
  return record;
}

function begun(request: RunStartRequest, output: string, now: string): RunRecord {
  const { run, slot, instance, argv, agent, label, base, stuckAfterMs } = request;
  return {
    ...{ run, slot, ...taskOf(request), instance, argv, agent, label, base, stuckAfterMs },
    ...{ ...NOTHING, state: "preparing", text: "starting", ...NO_REPORT },
    ...{ startedAt: now, updatedAt: now, endedAt: null, output },
  };
}

const hasChanged = (before: RunRecord, after: RunRecord): boolean =>
  before.state !== after.state || before.text !== after.text || before.lastAction !== after.lastAction;

/** The guest itself ends a run at its limit; one that goes on saying "running" is not believed for ever. */
async function giveUp({ records, clock }: Scene, record: RunRecord): Promise<RunRecord> {
  const text = "its time limit is long over, and the worker does not say that it ended";
  const updatedAt = clock.now();
  const ended: RunRecord = { ...record, ...NOTHING, state: "failed", failure: "timeout", text, updatedAt };
  await records.write(ended);
  return ended;
}

function lineSink(onLine: ((line: string, stream: Stream) => void) | undefined, stream: Stream) {
  return createLines((line) => onLine?.(line, stream));
}

async function knownRecord(records: RunRecords, target: RunTarget): Promise<RunRecord> {
  const record = await records.read(target);
  if (record !== null) return record;
  throw new RunError("RUN_NOT_FOUND", `This host has no record of run ${partId(target)}`, {
    hint: "Look up the id: limaform results list",
  });
}
