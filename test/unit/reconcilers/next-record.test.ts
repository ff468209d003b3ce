import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/plan/document.js";
import { durationKey, nextRecord } from "../../../src/reconcilers/next-record.js";
import type { AppliedRecord } from "../../../src/record/record.js";
import { changeOf, planOf, stepOf } from "../../support/apply-plans.js";

const W1 = "worker.default[1]";

function recordAfter(
  plan: Plan,
  done: readonly string[],
  previous: AppliedRecord | null = null,
  planDigest: string | null = null,
) {
  const progress = { doneSteps: new Set(done), durations: { "create:worker": 5 }, at: "2026-11-01T00:00:00.000Z" };
  return nextRecord({ engine: "0.1.0", plan, previous, planDigest }, progress);
}

/** A record of one worker. */
function recorded(instance: string, revision: string | null = "r1"): AppliedRecord {
  return { ...recordAfter(planOf([]), []), addresses: { [W1]: { instance, revision } } };
}

describe("nextRecord", () => {
  const create = stepOf(`create:${W1}`, { instance: "w1" });
  const start = stepOf(`start:${W1}`, { instance: "w1" });
  const made = planOf([create, start], { changes: [changeOf(W1, { instance: "w1", after: { revision: "r2" } })] });

  it("records an object only when all of its steps are done", () => {
    expect(recordAfter(made, [create.id]).addresses).toEqual({});
    expect(recordAfter(made, [create.id, start.id]).addresses).toEqual({ [W1]: { instance: "w1", revision: "r2" } });
  });

  it("drops what was let go, once that is done", () => {
    const forget = stepOf(`forget:${W1}`, { instance: "w1" });
    const change = changeOf(W1, { instance: "w1", action: "update", after: null });
    const plan = planOf([forget], { changes: [change] });
    expect(recordAfter(plan, [], recorded("w1")).addresses).toEqual({ [W1]: { instance: "w1", revision: "r1" } });
    expect(recordAfter(plan, [forget.id], recorded("w1")).addresses).toEqual({});
  });

  it("keeps what was recorded of an object whose steps did not get done", () => {
    expect(recordAfter(made, [create.id], recorded("old")).addresses).toEqual({
      [W1]: { instance: "old", revision: "r1" },
    });
  });

  it("records the new object of a replacement before the old one is gone", () => {
    const remove = stepOf(`delete:${W1}`, { instance: "w0" });
    const plan = planOf([create, start, remove], {
      changes: [changeOf(W1, { instance: "w1", action: "replace", after: { revision: "r2" } })],
    });
    expect(recordAfter(plan, [create.id, start.id], recorded("w0")).addresses[W1]?.instance).toBe("w1");
  });

  it("takes what needs no step as it was observed, and keeps a revision that the change does not name", () => {
    const plan = planOf([], { changes: [changeOf(W1, { instance: "w1", action: "none", after: { cpus: 2 } })] });
    expect(recordAfter(plan, [], recorded("w1")).addresses).toEqual({ [W1]: { instance: "w1", revision: "r1" } });
    expect(recordAfter(plan, [], recorded("w0")).addresses).toEqual({ [W1]: { instance: "w1", revision: null } });
  });

  it("forgets a deleted object, but not its address when another object holds that", () => {
    const remove = stepOf(`delete:${W1}`, { instance: "w1" });
    const plan = planOf([remove], { changes: [changeOf(W1, { instance: "w1", action: "delete", after: null })] });
    expect(recordAfter(plan, [remove.id], recorded("w1")).addresses).toEqual({});
    expect(recordAfter(plan, [remove.id], recorded("w1-g2")).addresses[W1]?.instance).toBe("w1-g2");
  });

  it("keeps the wanted number of workers of a plan that names none", () => {
    expect(recordAfter(planOf([], { workers: null }), [], { ...recorded("w1"), workers: 4 }).workers).toBe(4);
    expect(recordAfter(planOf([], { workers: 0 }), [], { ...recorded("w1"), workers: 4 }).workers).toBe(0);
  });

  it("adds new durations to the old ones", () => {
    const previous = { ...recorded("w1"), lastDurations: { "create:worker": 1, "create:image": 2 } };
    expect(recordAfter(made, [], previous).lastDurations).toEqual({ "create:worker": 5, "create:image": 2 });
    expect(durationKey(create)).toBe("create:worker");
  });

  it("remembers saved plans, each once", () => {
    const once = recordAfter(planOf([]), [], null, "d1");
    expect(recordAfter(planOf([]), [], once, "d1").appliedPlans).toEqual(["d1"]);
    expect(recordAfter(planOf([]), [], once, "d2").appliedPlans).toEqual(["d1", "d2"]);
    expect(recordAfter(planOf([]), [], once, null).appliedPlans).toEqual(["d1"]);
  });
});
