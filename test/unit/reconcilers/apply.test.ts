import { describe, expect, it } from "vitest";
import { LimaError } from "../../../src/errors/errors.js";
import type { Plan } from "../../../src/plan/document.js";
import { encodeLine } from "../../../src/record/journal.js";
import { decodeRecord } from "../../../src/record/record.js";
import { changeOf, planOf, stepOf } from "../../support/apply-plans.js";
import { applyScene } from "../../support/apply-scene.js";
import { settle } from "../../support/fake-clock.js";
import { journalLine } from "../../support/journal-lines.js";

const W1 = "worker.default[1]";
const CREATE = stepOf(`create:${W1}`);
const START = stepOf(`start:${W1}`, { after: [CREATE.id], onInterrupt: "stop" });
const PUSH = stepOf("push:binding.default[1]", { after: [START.id] });
const PLAN: Plan = planOf([CREATE, START, PUSH], { changes: [changeOf(W1, { after: { revision: "r1" } })] });

const broken = () => new LimaError("LIMA_BOOM", "it broke", { hint: "limaform doctor" });
const recordOf = (scene: ReturnType<typeof applyScene>) =>
  decodeRecord(scene.store.files.get("record.json") ?? null).record;

describe("an apply whose steps all get done", () => {
  it("says so, and leaves a record with objects and durations", async () => {
    const scene = applyScene(async () => {});
    const document = await scene.apply(PLAN);
    expect(document).toEqual({
      format: "limaform.apply",
      version: 1,
      verdict: "done",
      steps: PLAN.steps.map(({ id, verb, address }) => ({
        id,
        verb,
        address,
        status: "done",
        elapsedMs: 0,
        error: null,
      })),
      summary: { done: 3, failed: 0, skipped: 0, interrupted: 0, elapsedMs: 0 },
      error: null,
    });
    expect(recordOf(scene)).toMatchObject({
      project: "my-app",
      workers: 2,
      addresses: { [W1]: { instance: "i-worker.default[1]", revision: "r1" } },
      lastDurations: { "create:worker": 0, "start:worker": 0, "push:binding": 0 },
    });
    expect(scene.events[0]).toMatchObject({ type: "apply.started", steps: [{ step: CREATE.id }, {}, {}] });
  });

  it("writes nothing the second time, when there is nothing to do", async () => {
    const scene = applyScene(async () => {});
    await scene.apply(PLAN);
    scene.store.writes.length = 0;
    await scene.clock.advance(5_000);
    const idle = planOf([], { changes: [changeOf(W1, { action: "none", after: { revision: "r1" } })] });
    expect((await scene.apply(idle)).verdict).toBe("done");
    expect(scene.store.writes).toEqual([]);
  });

  it("writes the record of an apply without steps where there is none yet: it is drift's baseline", async () => {
    const scene = applyScene(async () => {});
    await scene.apply(planOf([]));
    expect(recordOf(scene)?.workers).toBe(2);
  });

  it("goes on where the record cannot be written, and warns once", async () => {
    const scene = applyScene(async () => {});
    scene.store.onWrite = (_, path) => {
      if (path === "record.json") throw new Error("no room");
    };
    expect((await scene.apply(PLAN)).verdict).toBe("done");
    const warnings = scene.events.filter(({ type }) => type === "log");
    expect(warnings).toEqual([{ type: "log", level: "warning", text: "the record could not be written: no room" }]);
  });

  it("holds the record of the finished steps already while others run", async () => {
    const scene = applyScene(async ({ verb }) => {
      if (verb === "push") await new Promise(() => {});
    });
    void scene.apply(PLAN);
    await settle();
    expect(recordOf(scene)?.addresses).toHaveProperty([W1]);
  });
});

describe("an apply with a failure", () => {
  it("names the failure, what was skipped because of it, and the next command", async () => {
    const other = stepOf("create:worker.default[2]");
    const scene = applyScene(async ({ id }) => {
      if (id === START.id) throw broken();
    });
    const document = await scene.apply(planOf([...PLAN.steps, other]));
    expect(document.verdict).toBe("failed");
    expect(document.steps.map(({ status }) => status)).toEqual(["done", "failed", "skipped", "done"]);
    expect(document.summary).toMatchObject({ done: 2, failed: 1, skipped: 1, interrupted: 0 });
    expect(document.error).toEqual({
      code: "APPLY_FAILED",
      message: "1 of 4 steps failed, 1 skipped because of that: start:worker.default[1]: it broke",
      hint: "limaform doctor\nTo see what is left to do: limaform plan",
      details: {
        failed: [{ step: START.id, code: "LIMA_BOOM", message: "it broke" }],
        skipped: [{ step: PUSH.id, because: START.id }],
      },
    });
    expect(scene.events).toContainEqual(
      expect.objectContaining({ type: "apply.step.skipped", step: PUSH.id, because: START.id }),
    );
    expect(recordOf(scene)?.addresses).toEqual({});
  });
});

describe("an apply that is interrupted", () => {
  it("stops what may stop, starts nothing more, and says what is left", async () => {
    const scene = applyScene(async ({ verb }, { signal }) => {
      if (verb !== "start") return;
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const applying = scene.apply(PLAN);
    await settle();
    scene.interrupt.raise("SIGTERM");
    const document = await applying;
    expect(document.verdict).toBe("interrupted");
    expect(document.steps.map(({ status }) => status)).toEqual(["done", "interrupted", "skipped"]);
    expect(document.error).toEqual({
      code: "INTERRUPTED",
      message: "interrupted by SIGTERM: 1 of 3 steps done, 1 left unfinished, 1 not started",
      hint: "The next apply goes on from here. To see what is left to do: limaform plan",
      details: {
        signal: "SIGTERM",
        exitCode: 143,
        done: [CREATE.id],
        unfinished: [START.id],
        failed: [],
        notStarted: [PUSH.id],
      },
    });
  });

  it("is done where the interrupt came too late to keep anything from being done", async () => {
    const scene = applyScene(async () => scene.interrupt.raise("SIGINT"));
    expect((await scene.apply(planOf([CREATE]))).verdict).toBe("done");
  });
});

describe("an apply that must not begin", () => {
  it("refuses a plan that is not applicable, with the plan's own reasons", async () => {
    const errors = [{ code: "PLAN_WORK_AT_RISK", text: "work at risk", hint: "limaform start 1", addresses: [] }];
    const scene = applyScene(async () => {});
    await expect(scene.apply(planOf(PLAN.steps, { applicable: false, errors }))).rejects.toMatchObject({
      code: "PLAN_NOT_APPLICABLE",
      message: "this plan cannot be applied: work at risk",
      hint: "limaform start 1",
    });
    expect(scene.store.writes).toEqual([]);
  });

  it("applies a saved plan once, also when the first time was cut off before its first step ended", async () => {
    const scene = applyScene(() => new Promise(() => {}));
    void scene.apply(PLAN, "digest1");
    await settle();
    await expect(scene.apply(PLAN, "digest1")).rejects.toMatchObject({ code: "STALE_ALREADY_APPLIED" });
  });

  it("does not act on a saved plan that it cannot mark as applied", async () => {
    const acted: string[] = [];
    const scene = applyScene(async ({ id }) => {
      acted.push(id);
    });
    scene.store.onWrite = () => {
      throw new Error("no room");
    };
    await expect(scene.apply(PLAN, "digest1")).rejects.toThrow("no room");
    expect(acted).toEqual([]);
  });

  it("refuses a journal of a newer limaform before anything is done", async () => {
    const scene = applyScene(async () => {});
    scene.store.files.set("journal.ndjson", `${encodeLine(journalLine("w1", "begin", { v: 2 as 1 }))}\n`);
    await expect(scene.apply(PLAN)).rejects.toMatchObject({ code: "STORE_NEWER_FORMAT" });
    expect(scene.store.writes).toEqual([]);
  });
});

describe("what an earlier apply left", () => {
  it("warns of a damaged record and of a torn journal, and goes on", async () => {
    const scene = applyScene(async () => {});
    scene.store.files.set("record.json", "{");
    scene.store.files.set("journal.ndjson", encodeLine(journalLine("w1", "begin")).slice(0, -1));
    expect((await scene.apply(PLAN)).verdict).toBe("done");
    const texts = scene.events.flatMap((event) => (event.type === "log" ? [event.text] : []));
    expect(texts).toEqual([expect.stringContaining("record.json"), expect.stringContaining("journal.ndjson")]);
  });

  it("cuts a long journal down to its open lines", async () => {
    const scene = applyScene(async () => {});
    const open = journalLine("lost", "begin");
    const lines = Array.from({ length: 3_000 }, () => [journalLine("w1", "begin"), journalLine("w1", "done")]).flat();
    scene.store.files.set("journal.ndjson", [open, ...lines].map((line) => `${encodeLine(line)}\n`).join(""));
    await scene.apply(planOf([CREATE]));
    expect(scene.store.files.get("journal.ndjson")?.split("\n")).toHaveLength(1 + 2 + 1);
    expect(scene.store.files.get("journal.ndjson")).toContain(encodeLine(open));
  });
});
