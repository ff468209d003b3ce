import type { Store } from "../ports/host.js";
import { JOURNAL_FILE, RECORD_FILE } from "../record/files.js";
import { decodeJournal, type JournalReading } from "../record/journal.js";
import { decodeRecord, type RecordReading } from "../record/record.js";

/* Readers of the local cache; nothing here writes. Notices are for the user, as warnings. */

/** Errors: STORE_NEWER_FORMAT, STORE_…. */
export async function readRecord(store: Pick<Store, "readText">): Promise<RecordReading> {
  return decodeRecord(await store.readText(RECORD_FILE));
}

/** Errors: STORE_NEWER_FORMAT, STORE_…. */
export async function readJournal(store: Pick<Store, "readText">): Promise<JournalReading> {
  return decodeJournal(await store.readText(JOURNAL_FILE));
}
