import type { JournalLine, JournalStatus } from "../../src/record/journal.js";

/** A journal line about one instance, with everything else filled in. */
export function journalLine(instance: string, status: JournalStatus, changes: Partial<JournalLine> = {}): JournalLine {
  const verb = changes.verb ?? "create";
  return {
    v: 1,
    engine: "0.1.0",
    at: "2026-11-01T00:00:00.000Z",
    run: "20261101-000000-abcd",
    step: `${verb}:worker.default[1]`,
    verb,
    address: "worker.default[1]",
    instance,
    status,
    pid: 42,
    ...changes,
  };
}
