import { describe, expect, it } from "vitest";
import type { Step } from "../../../src/plan/document.js";
import { createInterrupt } from "../../../src/reconcilers/interrupt.js";
import { type StepEnd, type WalkOptions, walk } from "../../../src/reconcilers/scheduler.js";
import type { Address } from "../../../src/resources/kind.js";
import { stepOf } from "../../support/apply-plans.js";
import { settle } from "../../support/fake-clock.js";

const WIDE = { classes: { clone: 9, boot: 9, transfer: 9, hook: 9, light: 9 }, parallel: 9 };
const DONE: StepEnd = { status: "done", elapsedMs: 1, error: null };

/** Steps wait until they are ended by hand. */
function walking(steps: readonly Step[], limits: WalkOptions["limits"] = WIDE) {
  const ends = new Map<string, (end: StepEnd) => void>();
  const interrupt = createInterrupt(() => {});
  const skipped: string[] = [];
  const started: string[] = [];
  const outcomes = walk(steps, {
    limits,
    interrupt,
    run: ({ id }) => {
      started.push(id);
      return new Promise((resolve) => ends.set(id, resolve));
    },
    onSkipped: ({ id }, because) => skipped.push(`${id} because of ${because}`),
  });
  const end = async (id: string, result: StepEnd = DONE) => {
    ends.get(id)?.(result);
    await settle();
  };
  return { outcomes, interrupt, skipped, started, end };
}

const failed: StepEnd = { status: "failed", elapsedMs: 1, error: new Error("no") };

describe("walk", () => {
  it("ends at once where there are no steps", async () => {
    expect(await walking([]).outcomes).toEqual(new Map());
  });

  it("starts everything that has room, in the order of the plan", async () => {
    const scene = walking(["a", "b", "c"].map((id) => stepOf(id)));
    await settle();
    expect(scene.started).toEqual(["a", "b", "c"]);
  });

  it("holds back a class at its limit without holding back the others", async () => {
    const steps = [stepOf("b1", { class: "boot" }), stepOf("b2", { class: "boot" }), stepOf("l1", { class: "light" })];
    const scene = walking(steps, { ...WIDE, classes: { ...WIDE.classes, boot: 1 } });
    await settle();
    expect(scene.started).toEqual(["b1", "l1"]);
    await scene.end("b1");
    expect(scene.started).toEqual(["b1", "l1", "b2"]);
  });

  it("prefers what stands earlier in the plan when room appears", async () => {
    const steps = [stepOf("a"), stepOf("z", { after: ["a"] }), stepOf("b"), stepOf("c")];
    const scene = walking(steps, { ...WIDE, parallel: 1 });
    await settle();
    await scene.end("a");
    expect(scene.started).toEqual(["a", "z"]);
  });

  it("lets the steps of one address go one after another", async () => {
    const address = "worker.default[1]" as Address;
    const scene = walking([stepOf("a", { address }), stepOf("b", { address })]);
    await settle();
    expect(scene.started).toEqual(["a"]);
    await scene.end("a", failed);
    expect(scene.started).toEqual(["a", "b"]);
  });

  it("finishes what is independent of a failure and names the failure at the root of each skip", async () => {
    const steps = [
      stepOf("a"),
      stepOf("b"),
      stepOf("a1", { after: ["a"] }),
      stepOf("a2", { after: ["a1", "b"] }),
      stepOf("b1", { after: ["b"] }),
    ];
    const scene = walking(steps);
    await settle();
    await scene.end("a", failed);
    await scene.end("b");
    await scene.end("b1");
    const outcomes = await scene.outcomes;
    expect([...outcomes.values()].map(({ status }) => status)).toEqual([
      "failed",
      "done",
      "skipped",
      "skipped",
      "done",
    ]);
    expect(scene.skipped).toEqual(["a1 because of a", "a2 because of a"]);
  });

  it("names of two failures the one that comes first in the plan, whichever came first in time", async () => {
    const scene = walking([stepOf("a"), stepOf("b"), stepOf("c", { after: ["a", "b"] })]);
    await settle();
    await scene.end("b", failed);
    expect(scene.skipped).toEqual([]);
    await scene.end("a", failed);
    await scene.outcomes;
    expect(scene.skipped).toEqual(["c because of a"]);
  });

  it("counts an exception of the runner as this step's failure alone", async () => {
    const outcomes = await walk([stepOf("a"), stepOf("b")], {
      limits: WIDE,
      interrupt: createInterrupt(() => {}),
      run: async ({ id }) => {
        if (id === "a") throw new Error("defect");
        return DONE;
      },
      onSkipped: () => {},
    });
    expect([...outcomes.values()].map(({ status }) => status)).toEqual(["failed", "done"]);
  });

  it("skips what waits in a queue when the first interrupt comes", async () => {
    const scene = walking([stepOf("a"), stepOf("b")], { ...WIDE, parallel: 1 });
    await settle();
    scene.interrupt.raise("SIGINT");
    await scene.end("a");
    expect((await scene.outcomes).get("b")).toEqual({ status: "skipped", because: "interrupt" });
    expect(scene.started).toEqual(["a"]);
  });

  it("walks a chain of skips of 20,000 steps without meeting the call stack", async () => {
    const chain = Array.from({ length: 20_000 }, (_, place) =>
      stepOf(`s${place}`, { after: place === 0 ? [] : [`s${place - 1}`] }),
    );
    const scene = walking(chain);
    await settle();
    await scene.end("s0", failed);
    expect((await scene.outcomes).get("s19999")).toEqual({ status: "skipped", because: "s0" });
  });

  it.each([
    ["an unknown step", [stepOf("a", { after: ["x"] })], "a waits for x"],
    ["a cycle", [stepOf("a", { after: ["b"] }), stepOf("b", { after: ["a"] })], "a waits for b"],
    ["a step twice", [stepOf("a"), stepOf("a")], "two steps a"],
  ])("refuses a plan with %s before anything starts", async (_, steps, message) => {
    await expect(walking(steps).outcomes).rejects.toMatchObject({
      code: "PLAN_STEPS_INVALID",
      message: expect.stringContaining(message),
    });
  });
});
