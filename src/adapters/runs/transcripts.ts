/* Effects: keeps the transcripts of runs up to date, each written by one process at a time. */
import type { StreamReader } from "../../backends/stream-event.js";
import { LockBusyError } from "../../errors/errors.js";
import type { Clock, Lock, LockHandle, Store } from "../../ports/host.js";
import type { CallOptions } from "../../ports/instances.js";
import type { RunRecord, RunTarget } from "../../ports/runs.js";
import { isEnded } from "../../runs/state.js";
import { partId, partName } from "../../util/run-part.js";
import { isTold, openTranscript, type Transcript } from "./transcript.js";

export interface TranscriptsParts {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly lock: Pick<Lock, "acquireLease">;
  /** How the output of that run is read; null: a plain command. */
  readonly readerOf: (record: RunRecord) => (() => StreamReader) | null;
}

export interface Transcripts {
  /** Brings the transcript to where the raw output here is, unless another process does that. */
  catchUp(record: RunRecord): Promise<void>;
  /** The same, and where another process does that, once it has let go. Errors: LOCK_BUSY. */
  finish(record: RunRecord, options: CallOptions): Promise<void>;
  /** Lets go of one. */
  leave(target: RunTarget): Promise<void>;
  /** Lets go of all transcripts that are written here. */
  close(): Promise<void>;
}

interface Writing {
  readonly lease: LockHandle;
  readonly transcript: Transcript;
}

export function createTranscripts({ store, clock, lock, readerOf }: TranscriptsParts): Transcripts {
  const open = new Map<string, Writing>();
  const begin = async (record: RunRecord, lease: LockHandle): Promise<Writing> => {
    try {
      const parts = { store, clock, folder: folderOf(record), createReader: readerOf(record) };
      const writing = { lease, transcript: await openTranscript(parts) };
      open.set(partId(record), writing);
      return writing;
    } catch (error) {
      await lease.release();
      throw error;
    }
  };
  const leave = async (target: RunTarget): Promise<void> => {
    const writing = open.get(partId(target));
    open.delete(partId(target));
    await writing?.lease.release();
  };
  const write = async (record: RunRecord, take: () => Promise<LockHandle | null>): Promise<void> => {
    const known = open.get(partId(record));
    const held = known === undefined ? await take() : null;
    const writing = known ?? (held === null ? null : await begin(record, held));
    await writing?.transcript.catchUp({ isEnded: isEnded(record.state) });
    if (isEnded(record.state)) await leave(record);
  };
  return {
    catchUp: (record) => write(record, () => tryLease(lock, record)),
    async finish(record, options) {
      // To open one means to read what it tells so far.
      if (!open.has(partId(record)) && (await isTold(store, folderOf(record)))) return;
      await write(record, () => lease(lock, record, options));
    },
    leave,
    async close() {
      for (const { lease: held } of open.values()) await held.release();
      open.clear();
    },
  };
}

const folderOf = (target: RunTarget): string => `runs/${partId(target)}`;

async function tryLease(lock: TranscriptsParts["lock"], record: RunRecord): Promise<LockHandle | null> {
  try {
    return await lease(lock, record, { signal: new AbortController().signal, timeoutMs: 0 });
  } catch (error) {
    if (error instanceof LockBusyError) return null;
    throw error;
  }
}

const lease = (lock: TranscriptsParts["lock"], record: RunRecord, options: CallOptions): Promise<LockHandle> =>
  lock.acquireLease(`${record.run}-${partName(record)}.transcript`, {
    ...{ operation: "transcript", ...options },
    ...{ onWaiting: () => {}, onTakenOver: () => {} },
  });
