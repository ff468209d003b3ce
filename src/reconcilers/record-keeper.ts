import type { Step } from "../plan/document.js";
import type { Clock, Store } from "../ports/host.js";
import { RECORD_FILE } from "../record/files.js";
import { type AppliedRecord, encodeRecord } from "../record/record.js";
import { durationKey, nextRecord, type RecordSources } from "./next-record.js";

export interface RecordKeeperOptions extends RecordSources {
  readonly store: Pick<Store, "writeText">;
  readonly clock: Pick<Clock, "now">;
  /** Called once where the record cannot be written; it is a cache, so the apply goes on. */
  readonly warn: (text: string) => void;
}

export interface RecordKeeper {
  /** Marks a saved plan as applied, before its first step. Errors: STORE_…: without that it could be applied twice. */
  begin(): Promise<void>;
  /** Notes a step; the file follows soon, at most one write at a time. */
  stepDone(step: Step, elapsedMs: number): void;
  /** Waits for the last write; writes nothing where nothing but the time has changed. */
  finish(): Promise<void>;
}

/** Keeps the file at what has been done so far, while an apply runs. */
export function createRecordKeeper(options: RecordKeeperOptions): RecordKeeper {
  const doneSteps = new Set<string>();
  const durations: Record<string, number> = {};
  let written = options.previous;
  let writing: Promise<void> | null = null;
  let isWaiting = false;
  let hasWarned = false;

  const write = async (): Promise<void> => {
    const record = nextRecord(options, { doneSteps, durations, at: options.clock.now() });
    if (isSame(written, record)) return;
    await options.store.writeText(RECORD_FILE, encodeRecord(record));
    written = record;
  };
  const writeAll = async (): Promise<void> => {
    try {
      while (isWaiting) {
        isWaiting = false;
        await write();
      }
    } catch (error) {
      if (!hasWarned)
        options.warn(`the record could not be written: ${error instanceof Error ? error.message : error}`);
      hasWarned = true;
    } finally {
      writing = null;
    }
  };
  const request = (): Promise<void> => {
    isWaiting = true;
    writing ??= writeAll();
    return writing;
  };

  return {
    async begin() {
      if (options.planDigest !== null) await write();
    },
    stepDone(step, elapsedMs) {
      doneSteps.add(step.id);
      durations[durationKey(step)] = elapsedMs;
      void request();
    },
    finish: request,
  };
}

function isSame(left: AppliedRecord | null, right: AppliedRecord): boolean {
  return left !== null && encodeRecord({ ...left, at: "" }) === encodeRecord({ ...right, at: "" });
}
