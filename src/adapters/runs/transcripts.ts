/* Effects: keeps the transcripts of runs up to date, each written by one process at a time. */
import type { StreamReader } from "../../backends/stream-event.js";
import { LockBusyError } from "../../errors/errors.js";
import type { Clock, Lock, LockHandle, Store } from "../../ports/host.js";
import type { RunRecord } from "../../ports/runs.js";
import { isEnded } from "../../runs/state.js";
import { partId, partKey } from "../../util/run-part.js";
import { openTranscript, type Transcript } from "./transcript.js";

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
  /** Lets go of all transcripts that are written here. */
  close(): Promise<void>;
}

interface Writing {
  readonly lease: LockHandle;
  readonly transcript: Transcript;
}

export function createTranscripts({ store, clock, lock, readerOf }: TranscriptsParts): Transcripts {
  const open = new Map<string, Writing>();
  const take = async (record: RunRecord): Promise<Writing | null> => {
    const known = open.get(partId(record));
    if (known !== undefined) return known;
    const lease = await tryLease(lock, `${partKey(record)}.transcript`);
    if (lease === null) return null;
    const folder = `runs/${partId(record)}`;
    const transcript = await openTranscript({ store, clock, folder, createReader: readerOf(record) });
    const writing = { lease, transcript };
    open.set(partId(record), writing);
    return writing;
  };
  return {
    async catchUp(record) {
      const writing = await take(record);
      await writing?.transcript.catchUp({ isEnded: isEnded(record.state) });
      if (writing === null || !isEnded(record.state)) return;
      open.delete(partId(record));
      await writing.lease.release();
    },
    async close() {
      for (const { lease } of open.values()) await lease.release();
      open.clear();
    },
  };
}

async function tryLease(lock: Pick<Lock, "acquireLease">, name: string): Promise<LockHandle | null> {
  const quiet = { onWaiting: () => {}, onTakenOver: () => {} };
  try {
    return await lock.acquireLease(name, {
      ...{ operation: "transcript", timeoutMs: 0, signal: new AbortController().signal },
      ...quiet,
    });
  } catch (error) {
    if (error instanceof LockBusyError) return null;
    throw error;
  }
}
