/* Effects: one look at a run in a guest: new output to its files here, its state to its record. */
import type { StreamReader } from "../../backends/stream-event.js";
import { GuestError } from "../../errors/errors.js";
import type { Clock } from "../../ports/host.js";
import type { CallOptions } from "../../ports/instances.js";
import type { RunRecord, RunReport, RunTarget } from "../../ports/runs.js";
import type { RunEvidence } from "../../runs/evidence.js";
import { isEnded, judge } from "../../runs/state.js";
import { EMPTY_SUMMARY, type StreamSummary } from "../../runs/stream-summary.js";
import { keepHookLog, OUTPUT_LIMIT, outputSize, type Stream, writeOutput } from "./output.js";
import type { RunRecords } from "./run-record.js";
import { openTracker, type Tracker } from "./tracker.js";
import type { Transcripts } from "./transcripts.js";
import { type Look, type LookOptions, POLL_BYTES, type RunUnits } from "./units.js";

/** What a look is made with. */
export interface Scene {
  readonly units: RunUnits;
  readonly records: RunRecords;
  readonly clock: Clock;
  /** null: what a command prints is text. */
  readonly readerOf: (record: Pick<RunRecord, "agent">) => (() => StreamReader) | null;
  /** null: no readable transcript is kept. */
  readonly transcripts: Transcripts | null;
}

export type OnBytes = (stream: Stream, bytes: Buffer) => void;

/** Beyond any output: only the evidence comes. Units: bytes. */
export const NOTHING_WANTED = { stdout: 2 ** 50, stderr: 2 ** 50 } as const;

export const trackerOf = async ({ records, readerOf }: Scene, record: RunRecord): Promise<Tracker> =>
  openTracker(await records.folder(record), readerOf(record)?.() ?? null);

/** For who does not follow the run. `all`: to the end of the output that is there. */
export async function lookAlone(
  scene: Scene,
  record: RunRecord,
  options: CallOptions & { readonly all: boolean },
): Promise<RunRecord> {
  const tracker = await trackerOf(scene, record);
  let now = record;
  for (let hasMore = true; hasMore && !isEnded(now.state); ) {
    const seen = await lookOnce(scene, now, { tracker, onBytes: () => {} }, options);
    now = seen.record;
    hasMore = seen.hasMore && options.all;
  }
  return now;
}

export interface Seen {
  readonly record: RunRecord;
  readonly hasMore: boolean;
  /** Not silent but certainly not running. */
  readonly isGone: boolean;
  /** It has said nothing at all so far. */
  readonly isSilent: boolean;
}

/** One look: new output to its files, the state to the record. The end is believed only when all output is here. */
export async function lookOnce(scene: Scene, record: RunRecord, sinks: Sinks, options: LookOptions): Promise<Seen> {
  const { units, records, clock, transcripts } = scene;
  const { look, hasMore, isSilent } = await bring(scene, record, sinks, options);
  const seen = { hasMore, isGone: look.isGone, isSilent };
  // Another limaform may have seen its end since this one asked, and collected it: that is how it ended.
  const stored = await records.read(record);
  if (stored !== null && isEnded(stored.state)) {
    await transcripts?.catchUp(stored);
    return { ...seen, record: stored };
  }
  const { tracker } = sinks;
  const updated = { ...judged(record, look.evidence, { tracker, hasMore }), updatedAt: clock.now() };
  if (isEnded(updated.state)) {
    const call = { signal: options.signal, timeoutMs: options.timeoutMs };
    await keepHookLogs(units, record, await records.folder(record), call);
  }
  await transcripts?.catchUp(updated);
  await records.write(updated);
  return { ...seen, record: updated };
}

/**
 * Its state now, by what the worker shows: record and transcript stay as they are. What an agent is at stands in its output
 * alone, so that comes here first; `timeoutMs` bounds how long.
 */
export async function lookOnly(
  scene: Scene,
  record: RunRecord,
  tracker: Tracker,
  options: CallOptions,
): Promise<RunRecord> {
  const { units, records, clock, readerOf } = scene;
  const endsAtMs = clock.monotonicMs() + options.timeoutMs;
  const ask = async () =>
    readerOf(record) === null
      ? { look: await lookOrNothing(units, record, NOTHING_WANTED, options), hasMore: false }
      : bring(scene, record, { tracker, onBytes: () => {} }, options);
  let { look, hasMore } = await ask();
  while (hasMore && clock.monotonicMs() < endsAtMs) ({ look, hasMore } = await ask());
  const stored = await records.read(record);
  if (stored !== null && isEnded(stored.state)) return stored;
  const updatedAt = clock.now();
  if (isBeginning(record, look.evidence, updatedAt)) return { ...record, updatedAt };
  return { ...judged(record, look.evidence, { tracker, hasMore }), updatedAt };
}

/** Its record is written before its start is asked for, so for this long another limaform may be about to. */
const START_LIMIT_MS = 2 * 60_000;

function isBeginning(record: RunRecord, evidence: RunEvidence | null, now: string): boolean {
  const isUnheard = evidence !== null && !evidence.exists && record.since === null;
  return isUnheard && Date.parse(now) - Date.parse(record.startedAt) < START_LIMIT_MS;
}

interface Sinks {
  readonly tracker: Tracker;
  readonly onBytes: OnBytes;
}

/** New output to its files; `tracker` has read them then. */
async function bring({ units, records }: Scene, record: RunRecord, { tracker, onBytes }: Sinks, options: LookOptions) {
  const folder = await records.folder(record);
  const offsets = { stdout: await outputSize(folder, "stdout"), stderr: await outputSize(folder, "stderr") };
  const look = await lookOrNothing(units, record, offsets, { ...options, waitMs: options.waitMs ?? 0 });
  for (const stream of ["stdout", "stderr"] as const) {
    const bytes = look[stream].subarray(0, Math.max(0, OUTPUT_LIMIT - offsets[stream]));
    if (bytes.length === 0) continue;
    await writeOutput(folder, stream, bytes, offsets[stream]);
    onBytes(stream, bytes);
  }
  await tracker.catchUp();
  const hasMore = look.evidence !== null && isBehind(look.evidence, look, offsets);
  const isSilent = [offsets.stdout, offsets.stderr, look.stdout.length, look.stderr.length].every((size) => size === 0);
  return { look, hasMore, isSilent };
}

/** The record as the evidence and the kept output prove it. */
export function judged(
  record: RunRecord,
  evidence: RunEvidence | null,
  { tracker, hasMore }: { readonly tracker: Tracker; readonly hasMore: boolean },
): RunRecord {
  const isOver = !hasMore && evidence !== null && evidence.end !== null;
  const summary = tracker.summary(isOver);
  const found = judge(evidence, { summary: record.agent === null ? null : summary, stuckAfterMs: record.stuckAfterMs });
  // Half the output proves no end.
  if (hasMore && isEnded(found.state)) return { ...record, ...reportOf(summary) };
  const isSame = found.state === record.state && record.since !== null && found.since !== null;
  const since = isSame && record.since < found.since ? record.since : found.since;
  return { ...record, ...found, since, ...reportOf(summary), endedAt: evidence?.end?.at ?? null };
}

function reportOf(summary: StreamSummary): RunReport {
  const { conversation, model, tokens, costUsd, toolCalls, lastAction, result } = summary;
  return { conversation, model, tokens, costUsd, toolCalls, lastAction, resultText: result?.text ?? null };
}

export const NO_REPORT: RunReport = reportOf(EMPTY_SUMMARY);

/** What a hook printed explains "not passed"; a worker that went away meanwhile keeps it. */
async function keepHookLogs(units: RunUnits, record: RunRecord, folder: string, options: CallOptions): Promise<void> {
  try {
    const logs = await units.hookLogs(record, options);
    for (const name of ["pre_run", "check"] as const) {
      if (logs[name].length > 0) await keepHookLog(folder, name, logs[name]);
    }
  } catch (error) {
    if (!(error instanceof GuestError) || error.code === "GUEST_HOST_KEY_CHANGED") throw error;
  }
}

/** True where a stream gave a full piece, so there is more of it at once; a stream that lies about its size is let go. */
function isBehind(evidence: RunEvidence, look: Look, offsets: { stdout: number; stderr: number }): boolean {
  return (["stdout", "stderr"] as const).some((stream) => {
    const here = offsets[stream] + look[stream].length;
    return look[stream].length === POLL_BYTES && here < Math.min(evidence[`${stream}Bytes`], OUTPUT_LIMIT);
  });
}

/** No evidence where the worker does not answer. */
export async function lookOrNothing(
  units: RunUnits,
  target: RunTarget,
  offsets: { stdout: number; stderr: number },
  options: LookOptions,
): Promise<Look & { readonly isGone: boolean }> {
  try {
    return { ...(await units.look(target, offsets, options)), isGone: false };
  } catch (error) {
    // A worker that does not answer is a state of its run; a changed host key or a bug is not.
    if (!(error instanceof GuestError) || error.code === "GUEST_HOST_KEY_CHANGED") throw error;
    const isGone = error.code === "GUEST_NOT_RUNNING";
    return { evidence: null, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), isGone };
  }
}
