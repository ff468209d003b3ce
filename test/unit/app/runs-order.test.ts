import { describe, expect, it } from "vitest";
import { lastParts } from "../../../src/app/find-run.js";
import { listRuns } from "../../../src/app/list-runs.js";
import type { AppSession } from "../../../src/app/session.js";
import { recordOf } from "../../support/run-builders.js";

/** By their ids, newest second first, as they are on the disk; `ffff` began before `0000`. */
const RECORDS = [
  recordOf({ run: "20260102-030406-abcd", instance: "other", slot: 2, startedAt: "2026-01-02T03:04:06.001Z" }),
  recordOf({ run: "20260102-030405-ffff", startedAt: "2026-01-02T03:04:05.100Z" }),
  recordOf({ run: "20260102-030405-0000", startedAt: "2026-01-02T03:04:05.900Z" }),
  recordOf({ run: "20260102-030404-eeee", startedAt: "2026-01-02T03:04:04.900Z" }),
];

describe("runs of one second", () => {
  it("are listed in the order in which they began, newest first", async () => {
    const fleet = {
      runs: { survey: async () => ({ records: RECORDS, damaged: [] }) },
      store: { list: async () => [], readText: async () => null },
      isCollected: async () => true,
    };
    const { runs } = await listRuns({ fleet: async () => fleet } as unknown as AppSession);
    expect(runs.map(({ run }) => run.slice(-4))).toEqual(["abcd", "0000", "ffff", "eeee"]);
  });

  it("of which the last one is a worker's last", async () => {
    const fleet = { runs: { list: async () => RECORDS } } as unknown as Parameters<typeof lastParts>[0];
    expect((await lastParts(fleet, [])).map(({ run }) => run.slice(-4))).toEqual(["abcd", "0000"]);
  });

  it("are asked for on their workers, and it says for whom it waits where that takes its time", async () => {
    const events: unknown[] = [];
    let answer: () => void = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const [first, ...others] = RECORDS.map((record) => ({ ...record, state: "done" as const }));
    if (first === undefined) throw new Error("no records");
    const live = { ...first, state: "working" as const };
    const fleet = {
      runs: {
        survey: async () => ({ records: [live, ...others], damaged: [] }),
        look: async (record: typeof live) => {
          await answered;
          return { ...record, state: "limited" };
        },
      },
      store: { list: async () => [], readText: async () => null },
      isCollected: async () => true,
    };
    const session = {
      fleet: async () => fleet,
      interrupt: { first: new AbortController().signal },
      clock: { sleep: async () => {} },
      emit: (event: unknown) => {
        events.push(event);
        answer();
      },
    };
    const { runs } = await listRuns(session as unknown as AppSession);
    expect(runs[0]).toMatchObject({ state: "live", counts: { limited: 1 } });
    expect(events).toEqual([{ type: "log", level: "info", text: "waiting for the answer of other" }]);
  });
});
