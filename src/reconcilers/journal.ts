import type { Step } from "../plan/document.js";
import type { Clock, Store } from "../ports/host.js";
import { JOURNAL_FILE } from "../record/files.js";
import { encodeLine, JOURNAL_VERSION, type JournalReading, type JournalStatus, openLines } from "../record/journal.js";

/** Writes what steps are about to do and how they ended; each line is durable when the promise resolves. */
export interface Journal {
  write(step: Step, status: JournalStatus): Promise<void>;
}

export interface JournalOptions {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly run: string;
  readonly engine: string;
  readonly pid: number;
}

export function createJournal(options: JournalOptions): Journal {
  const { store, clock, run, engine, pid } = options;
  return {
    async write({ id, verb, address, instance }, status) {
      const at = clock.now();
      const line = { v: JOURNAL_VERSION, engine, at, run, step: id, verb, address, instance, status, pid } as const;
      await store.appendLine(JOURNAL_FILE, encodeLine(line));
    },
  };
}

/** Some hundred applies: read in a few milliseconds. */
const MAX_LINES = 5_000;

/** Keeps of a long journal what still proves something: the open lines. Only under the project's lock. */
export async function trimJournal(store: Store, { lines }: JournalReading): Promise<void> {
  if (lines.length <= MAX_LINES) return;
  const kept = openLines(lines).map((line) => `${encodeLine(line)}\n`);
  await store.writeText(JOURNAL_FILE, kept.join(""));
}
