import { describe, expect, it } from "vitest";
import { elapsedOf, failedPart, isOver } from "../../../src/app/run-part.js";
import { GuestError, InterruptedError, LockBusyError, RunError, StoreError } from "../../../src/errors/errors.js";
import type { LimaformEvent } from "../../../src/events/event.js";
import { recordOf } from "../../support/run-builders.js";

const session = (events: object[] = []) =>
  ({
    emit: (event: LimaformEvent) => events.push(event),
    clock: { now: () => "2026-01-02T03:05:05Z" },
  }) as unknown as Parameters<typeof failedPart>[0];
const PART = { slot: 2, instance: "my-app-worker-2" };

describe("a part around which something failed", () => {
  it.each([
    ["goes on where another limaform is at it", new LockBusyError("LOCK_BUSY", "busy"), "working"],
    ["goes on where it was left alone", new InterruptedError("stop", 130), "working"],
    ["goes on where its output finds no place here", new StoreError("STORE_NO_SPACE", "full"), "working"],
    ["is not reached where its worker is silent", new GuestError("GUEST_UNREACHABLE", "silent"), "unreachable"],
    ["failed where it was refused", new RunError("RUN_START_FAILED", "no"), "failed"],
  ])("%s", (_, error, state) => {
    const events: object[] = [];
    const part = failedPart(session(events), { ...PART, task: "t1" }, error, 5);
    expect(part).toMatchObject({ ...PART, task: "t1", state, elapsedMs: 5, error: { code: error.code } });
    expect(events).toEqual([{ type: "run.worker", slot: 2, task: "t1", state, text: error.message }]);
  });
});

describe("a part", () => {
  it("took until its end, and takes until now while it has none", () => {
    const times = { startedAt: "2026-01-02T03:04:05Z", updatedAt: "2026-01-02T03:04:15Z" };
    expect(elapsedOf(session(), recordOf({ ...times, state: "done" }))).toBe(10_000);
    expect(elapsedOf(session(), recordOf({ ...times, state: "stuck" }))).toBe(60_000);
  });

  it("took what its worker says where it ended unseen, unless that cannot be", () => {
    const times = { startedAt: "2026-01-02T03:04:05Z", updatedAt: "2026-01-02T03:04:45Z", state: "done" } as const;
    const took = (endedAt: string) => elapsedOf(session(), recordOf({ ...times, endedAt }));
    expect(took("2026-01-02T03:04:15Z")).toBe(10_000);
    expect(["2026-01-02T03:04:04Z", "2026-01-02T03:04:46Z", "no time"].map(took)).toEqual([40_000, 40_000, 40_000]);
  });

  it("is over when it ended or is lost, and not while it waits or nobody answers", () => {
    const over = (["done", "failed", "cancelled", "lost"] as const).every((state) => isOver({ state }));
    const open = (["queued", "working", "unreachable", "stuck"] as const).some((state) => isOver({ state }));
    expect([over, open]).toEqual([true, false]);
  });
});
