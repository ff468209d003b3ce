import type { Step } from "../plan/document.js";
import type { Clock, Store } from "../ports/host.js";
import { JOURNAL_FILE } from "../record/files.js";
import {
  encodeLine,
  JOURNAL_VERSION,
  type JournalLine,
  type JournalReading,
  type JournalStatus,
  openLines,
  PLAN_VERB,
} from "../record/journal.js";

/** Writes what steps are about to do and how they ended; each line is durable when the promise resolves. */
export interface Journal {
  write(step: Step, status: JournalStatus): Promise<void>;
  /** That a saved plan is being applied, by its digest. Stays for good: no line ever ends it. */
  writePlan(digest: string): Promise<void>;
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
  const append = async (about: Pick<JournalLine, "step" | "verb" | "address" | "instance" | "status">) => {
    const line: JournalLine = { v: JOURNAL_VERSION, engine, at: clock.now(), run, ...about, pid };
    await store.appendLine(JOURNAL_FILE, encodeLine(line));
  };
  return {
    write: ({ id, verb, address, instance }, status) => append({ step: id, verb, address, instance, status }),
    writePlan: (digest) =>
      append({ step: "apply:plan", verb: PLAN_VERB, address: "", instance: digest, status: "begin" }),
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
