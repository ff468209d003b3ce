/* Names inside the project's state folder. */

/** What the last apply left; see `record.ts`. */
export const RECORD_FILE = "record.json";
/** What applies have begun and ended; see `journal.ts`. */
export const JOURNAL_FILE = "journal.ndjson";
