/* Effects: reads the cache of one project and the locks on it; makes nothing. */
import { join } from "node:path";
import type { Clock, HeldLock } from "../../ports/host.js";
import { JOURNAL_FILE, RECORD_FILE } from "../../record/files.js";
import { decodeJournal, type JournalLine, openLines } from "../../record/journal.js";
import { decodeRecord } from "../../record/record.js";
import { readIfThere } from "../host/files.js";
import { readHeld } from "../lock/held.js";
import { thisHost } from "../lock/host.js";
import { toStoreError } from "../store/store-errors.js";

export interface StateFacts {
  readonly held: readonly HeldLock[];
  /** What was begun and is not known to have ended. */
  readonly open: readonly JournalLine[];
  readonly notices: readonly string[];
}

/** Errors: STORE_…. */
export async function readState(folder: string, clock: Clock): Promise<StateFacts> {
  try {
    return await readParts(folder, clock);
  } catch (error) {
    throw toStoreError(error, "read", folder);
  }
}

async function readParts(folder: string, clock: Clock): Promise<StateFacts> {
  const places = { lock: join(folder, "lock.json"), leases: join(folder, "leases") };
  const [held, journal, record] = await Promise.all([
    readHeld(places, { clock, host: thisHost() }),
    readIfThere(join(folder, JOURNAL_FILE)),
    readIfThere(join(folder, RECORD_FILE)),
  ]);
  const { lines, notices } = decodeJournal(journal);
  return { held, open: openLines(lines), notices: [...notices, ...decodeRecord(record).notices] };
}
