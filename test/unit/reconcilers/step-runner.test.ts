import { describe, expect, it } from "vitest";
import { LimaError } from "../../../src/errors/errors.js";
import type { EventBody } from "../../../src/events/event.js";
import type { Step } from "../../../src/plan/document.js";
import { createInterrupt } from "../../../src/reconcilers/interrupt.js";
import { createJournal } from "../../../src/reconcilers/journal.js";
import { createStepRunner } from "../../../src/reconcilers/step-runner.js";
import { decodeJournal } from "../../../src/record/journal.js";
import type { DriverContext, KindDriver } from "../../../src/resources/kind.js";
import { stepOf } from "../../support/apply-plans.js";
import { createFakeClock, settle } from "../../support/fake-clock.js";
import { createMemoryStore } from "../../support/memory-store.js";

const STEP = stepOf("create:worker.default[1]");

function scene(run: (step: Step, context: DriverContext, call: number) => Promise<void>) {
  const clock = createFakeClock();
  const store = createMemoryStore();
  const events: EventBody[] = [];
  const done: [string, number][] = [];
  let calls = 0;
  const driver: KindDriver = {
    kind: "worker",
    run: (step, context) => {
      calls += 1;
      return run(step as Step, context, calls);
    },
  };
  const runStep = createStepRunner({
    drivers: new Map([["worker", driver]]),
    journal: createJournal({ store, clock, run: "r1", engine: "0.1.0", pid: 7 }),
    clock,
    emit: (event) => events.push(event),
    onDone: ({ id }, elapsedMs) => done.push([id, elapsedMs]),
  });
  const statuses = () => decodeJournal(store.files.get("journal.ndjson") ?? null).lines.map(({ status }) => status);
  const types = () => events.map(({ type }) => type.replace("apply.step.", ""));
  const interrupt = createInterrupt(() => {});
  return { clock, store, events, done, runStep, statuses, types, interrupt, calls: () => calls };
}

/** Never ends by itself, but at once when told to. */
const untilAborted = (_: Step, { signal }: DriverContext) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

const quiet = new AbortController().signal;

describe("a step that is done", () => {
  it("has its begin line before the driver acts and its end line before anybody is told", async () => {
    const order: string[] = [];
    const it1 = scene(async () => {
      order.push(`act after ${it1.statuses()}`);
    });
    it1.store.onWrite = (_, __, text) =>
      order.push(`write ${decodeJournal(`${text}\n`).lines[0]?.status} after ${it1.types()}`);
    const end = await it1.runStep(STEP, quiet);
    expect(order).toEqual(["write begin after started", "act after begin", "write done after started"]);
    expect(it1.types()).toEqual(["started", "completed"]);
    expect(end).toEqual({ status: "done", elapsedMs: 0, error: null });
    expect(it1.done).toEqual([["create:worker.default[1]", 0]]);
  });

  it("writes names into the journal and no inputs", async () => {
    const it1 = scene(async () => {});
    await it1.runStep(stepOf("create:worker.default[1]", { inputs: { token: "canary" } }), quiet);
    expect(it1.store.files.get("journal.ndjson")).not.toContain("canary");
    expect(decodeJournal(it1.store.files.get("journal.ndjson") ?? null).lines[0]).toEqual({
      v: 1,
      engine: "0.1.0",
      at: "2026-11-01T00:00:00.000Z",
      run: "r1",
      step: "create:worker.default[1]",
      verb: "create",
      address: "worker.default[1]",
      instance: "i-worker.default[1]",
      status: "begin",
      pid: 7,
    });
  });

  it("passes on what the driver reports and logs, and nothing after its end", async () => {
    let kept: DriverContext | null = null;
    const it1 = scene(async (_, context) => {
      kept = context;
      context.report("booting");
      context.log("apt-get");
    });
    await it1.runStep(STEP, quiet);
    (kept as DriverContext | null)?.report("late");
    (kept as DriverContext | null)?.log("late");
    expect(it1.types()).toEqual(["started", "progress", "log", "completed"]);
  });
});

describe("a step that takes its time", () => {
  it("repeats its last progress every 10 s, and falls silent with its end", async () => {
    const ended = Promise.withResolvers<void>();
    const it1 = scene(async (_, { report }) => {
      report("cloning");
      await ended.promise;
    });
    const running = it1.runStep(STEP, quiet);
    await it1.clock.advance(25_000);
    const progress = it1.events.filter(({ type }) => type === "apply.step.progress");
    expect(progress.map((event) => "elapsedMs" in event && [event.elapsedMs, "text" in event && event.text])).toEqual([
      [0, "cloning"],
      [10_000, "cloning"],
      [20_000, "cloning"],
    ]);
    ended.resolve();
    expect((await running).elapsedMs).toBe(25_000);
    await it1.clock.advance(60_000);
    expect(it1.types().at(-1)).toBe("completed");
    expect(it1.clock.sleeping()).toBe(0);
  });

  it("is ended at its time limit and fails with what the driver said as cause", async () => {
    const it1 = scene(async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new LimaError("LIMA_KILLED", "limactl was killed", { isTransient: true });
    });
    const running = it1.runStep(stepOf("create:worker.default[1]", { timeoutMs: 60_000, retries: 5 }), quiet);
    await it1.clock.advance(60_000);
    const { status, error } = await running;
    expect(status).toBe("failed");
    expect(error).toMatchObject({ code: "APPLY_STEP_TIMED_OUT", cause: { code: "LIMA_KILLED" } });
    expect(it1.calls()).toBe(1);
  });

  it("is waited for no longer when it does not end although it was told to", async () => {
    const it1 = scene(() => new Promise(() => {}));
    const running = it1.runStep(STEP, quiet);
    await it1.clock.advance(60_000 + 14_999);
    expect(it1.types()).not.toContain("failed");
    await it1.clock.advance(1);
    expect((await running).error).toMatchObject({ code: "APPLY_STEP_TIMED_OUT" });
    expect(it1.statuses()).toEqual(["begin", "failed"]);
  });

  it("counts as done where it ends well in spite of the signal", async () => {
    const it1 = scene(async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    const running = it1.runStep(STEP, it1.interrupt.first);
    await settle();
    it1.interrupt.raise("SIGINT");
    expect((await running).status).toBe("done");
  });
});

describe("a step that fails", () => {
  const transient = () => new LimaError("LIMA_BUSY", "not now", { isTransient: true });

  it("is tried again only as often as the plan says, with growing pauses", async () => {
    const it1 = scene(async () => {
      throw transient();
    });
    const running = it1.runStep(stepOf("create:worker.default[1]", { retries: 3, timeoutMs: 600_000 }), quiet);
    await it1.clock.advance(7_000);
    expect((await running).error).toMatchObject({ code: "LIMA_BUSY" });
    expect(it1.calls()).toBe(4);
    expect(it1.clock.sleeps.filter((ms) => ms < 10_000)).toEqual([1_000, 2_000, 4_000]);
    expect(it1.types()).toEqual(["started", "retrying", "retrying", "retrying", "failed"]);
    expect(it1.statuses()).toEqual(["begin", "failed"]);
  });

  it("is not tried again when its error is not transient, nor when the plan allows none", async () => {
    const lasting = scene(async () => {
      throw new LimaError("LIMA_BROKEN", "no");
    });
    await lasting.runStep(stepOf("create:worker.default[1]", { retries: 3 }), quiet);
    const once = scene(async () => {
      throw transient();
    });
    await once.runStep(STEP, quiet);
    expect([lasting.calls(), once.calls()]).toEqual([1, 1]);
  });

  it("can recover", async () => {
    const it1 = scene(async (_, __, call) => {
      if (call === 1) throw transient();
    });
    const running = it1.runStep(stepOf("create:worker.default[1]", { retries: 1 }), quiet);
    await it1.clock.advance(1_000);
    expect((await running).status).toBe("done");
    expect(it1.types()).toEqual(["started", "retrying", "completed"]);
  });

  it("carries the error into its event", async () => {
    const it1 = scene(async () => {
      throw new LimaError("LIMA_BROKEN", "no", { hint: "look" });
    });
    await it1.runStep(STEP, quiet);
    expect(it1.events.at(-1)).toMatchObject({ error: { code: "LIMA_BROKEN", message: "no", hint: "look" } });
    expect(it1.done).toEqual([]);
  });

  it("is a defect of ours where its kind has no driver", async () => {
    const it1 = scene(async () => {});
    const { error } = await it1.runStep(stepOf("create:disk.main"), quiet);
    expect(error).toMatchObject({ code: "BUG_INTERNAL" });
  });
});

describe("a step that is interrupted", () => {
  it("ends as interrupted, in the journal too", async () => {
    const it1 = scene(untilAborted);
    const running = it1.runStep(STEP, it1.interrupt.first);
    await settle();
    it1.interrupt.raise("SIGTERM");
    expect((await running).status).toBe("interrupted");
    expect(it1.types()).toEqual(["started", "interrupted"]);
    expect(it1.statuses()).toEqual(["begin", "interrupted"]);
  });

  it("is not tried again while it pauses", async () => {
    const it1 = scene(async () => {
      throw new LimaError("LIMA_BUSY", "not now", { isTransient: true });
    });
    const running = it1.runStep(stepOf("create:worker.default[1]", { retries: 9 }), it1.interrupt.first);
    await settle();
    it1.interrupt.raise("SIGINT");
    expect((await running).status).toBe("interrupted");
    expect(it1.calls()).toBe(1);
  });
});

describe("a journal that cannot be written", () => {
  const full = () => {
    throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
  };

  it("keeps the driver from acting", async () => {
    const it1 = scene(async () => {});
    it1.store.onWrite = full;
    expect((await it1.runStep(STEP, quiet)).status).toBe("failed");
    expect(it1.calls()).toBe(0);
    expect(it1.types()).toEqual(["started", "failed"]);
  });

  it("makes a step fail whose end it cannot hold", async () => {
    const it1 = scene(async () => {
      it1.store.onWrite = full;
    });
    expect((await it1.runStep(STEP, quiet)).status).toBe("failed");
    expect(it1.done).toEqual([]);
  });
});
