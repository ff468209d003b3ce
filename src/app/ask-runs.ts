import type { RunRecord } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import type { AppSession } from "./session.js";

const SAY_AFTER_MS = 1_000;

/** Asks the workers of parts that may be at work, all at once; where that takes its time, it says for whom it waits. */
export async function askAll(
  session: AppSession,
  records: readonly RunRecord[],
  ask: (record: RunRecord) => Promise<RunRecord>,
): Promise<readonly RunRecord[]> {
  if (records.every(({ state }) => isEnded(state))) return records;
  const waiting = new Set<RunRecord>();
  const over = new AbortController();
  const late = session.clock.sleep(SAY_AFTER_MS, over.signal).then(
    () => {
      const names = [...new Set([...waiting].map(({ instance }) => instance))].join(", ");
      if (names !== "") session.emit({ type: "log", level: "info", text: `waiting for the answer of ${names}` });
    },
    () => {},
  );
  try {
    return await Promise.all(
      records.map(async (record) => {
        if (isEnded(record.state)) return record;
        waiting.add(record);
        const now = await ask(record);
        waiting.delete(record);
        return now;
      }),
    );
  } finally {
    over.abort();
    await late;
  }
}
