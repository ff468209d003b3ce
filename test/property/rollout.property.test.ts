import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/document.js";
import type { Address } from "../../src/resources/kind.js";
import { actionsOf, imagesOf, specOf, worker, workerOf } from "../support/builders.js";
import { applyAll, type FakeState, planFor, stateOf } from "../support/fake-world.js";
import { oldGolden } from "../support/fake-world-cases.js";
import { type FleetCase, fleetCases, fleetPlan, fleetState, fleetWish } from "../support/fake-world-fleets.js";
import { type StepEnding, type Walked, walkPlan, workersIn } from "../support/fake-world-schedule.js";
import { runsOf } from "../support/property-runs.js";

type Failures = "nothing fails" | "anything fails";

const ENDINGS: readonly StepEnding[] = ["done", "done", "done", "done", "failed before", "failed after"];

function walkCase(given: FleetCase, state: FakeState, plan: Plan, failures: Failures): Walked {
  let picked = 0;
  let ended = 0;
  return walkPlan(state, plan, {
    pick: (count) => (given.picks[picked++ % given.picks.length] ?? 0) % count,
    ends: () =>
      failures === "nothing fails" ? "done" : (ENDINGS[given.fails[ended++ % given.fails.length] ?? 0] ?? "done"),
  });
}

/** Slots that count: wanted, and not held as they are. A held worker is out of the fleet until `start`. */
function countedSlots({ count }: FleetCase, plan: Plan): readonly Address[] {
  const wasHeld = (before: unknown) =>
    typeof before === "object" && before !== null && "status" in before && before.status === "held";
  const held = new Set(
    plan.changes
      .filter(({ before, action }) => wasHeld(before) && action !== "replace" && action !== "delete")
      .map(({ address }) => address),
  );
  return Array.from({ length: count }, (_, index) => worker(index + 1)).filter((address) => !held.has(address));
}

/** By slots, which is stricter than by instances: an old and a new one in the same slot are one. */
function violations(given: FleetCase, failures: Failures): readonly string[] {
  const state = fleetState(given);
  const plan = fleetPlan(given, state);
  if (plan.errors.length > 0) return plan.errors.map(({ text }) => text);
  const counted = countedSlots(given, plan);
  const readyBefore = new Set(workersIn(state).ready.values());
  const broken = counted.filter((address) => !readyBefore.has(address)).length;
  const least = Math.min(counted.length - broken, counted.length - given.unavailable);
  // An update stops its own worker: without any room that alone is one less.
  const isInherent = given.unavailable === 0 && broken === 0 && plan.changes.some(({ action }) => action === "update");
  const walked = walkCase(given, state, plan, failures);
  const problems = walked.instants.flatMap(({ move, total, available }) => {
    const count = counted.filter((address) => available.has(address)).length;
    return [
      ...(count < least - (isInherent ? 1 : 0) ? [`${move}: ${count} available, at least ${least} promised`] : []),
      ...(move.startsWith("begin create:worker") && total > given.count + given.surge
        ? [`${move}: ${total} exist, at most ${given.count} + ${given.surge} promised`]
        : []),
    ];
  });
  const left = plan.steps.length - walked.done.length;
  return failures === "nothing fails" && left > 0 ? [...problems, `${left} steps were never done`] : problems;
}

describe.each(runsOf())("rolling changes, $title", (run) => {
  it("keep both limits at every instant of every schedule, and finish", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        expect(violations(given, "nothing fails")).toEqual([]);
      }),
      run,
    );
  });

  it("keep both limits at every instant, whatever fails", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        expect(violations(given, "anything fails")).toEqual([]);
      }),
      run,
    );
  });

  it("leave after any failures what one more apply makes right", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const state = fleetState(given);
        const { state: left } = walkCase(given, state, fleetPlan(given, state), "anything fails");
        const wish = fleetWish({ ...given, replaces: [] }, left);
        const next = planFor(left, wish);
        const again = planFor(applyAll(left, next), { spec: wish.spec ?? null });
        expect([...next.errors, ...again.errors, ...actionsOf(again)]).toEqual([]);
      }),
      run,
    );
  });

  it("end in the same fleet under every schedule", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const state = fleetState(given);
        const plan = fleetPlan(given, state);
        const names = (after: FakeState) => [...after.instances.keys()].sort();
        const { state: after } = walkCase(given, state, plan, "nothing fails");
        expect(names(after)).toEqual(names(applyAll(state, plan)));
      }),
      run,
    );
  });

  it("stop by themselves when no new worker ever becomes ready, after at most surge + max(unavailable, b) failures", () => {
    const limits = fc.record({
      count: fc.integer({ min: 1, max: 8 }),
      broken: fc.nat({ max: 4 }),
      surge: fc.nat({ max: 3 }),
      unavailable: fc.nat({ max: 3 }),
      picks: fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(limits, ({ count, broken, surge, unavailable: away, picks }) => {
        const unavailable = surge + away === 0 ? 1 : away;
        const spec = specOf();
        const values = { ...spec.values, workers: count, "rollout.surge": surge, "rollout.unavailable": unavailable };
        const { tools, golden } = imagesOf(spec);
        const b = Math.min(broken, count);
        const fleet = Array.from({ length: count }, (_, index) =>
          workerOf(index + 1, oldGolden, { facts: index < b ? { status: "broken" } : {} }),
        );
        const state = stateOf([tools, golden, oldGolden, ...fleet]);
        const discardWork = fleet.map((_, index) => worker(index + 1));
        const options = { targets: [], replaces: [], discardWork };
        const plan = planFor(state, { spec: { ...spec, values }, options });
        let picked = 0;
        const walked = walkPlan(state, plan, {
          pick: (moves) => (picks[picked++ % picks.length] ?? 0) % moves,
          ends: ({ verb, address }) => (verb === "start" && address.startsWith("worker.") ? "failed before" : "done"),
        });
        expect(walked.failed.length).toBeLessThanOrEqual(surge + Math.max(unavailable, b));
      }),
      run,
    );
  });
});

describe("the generated fleets", () => {
  it("reach what makes rolling changes hard", () => {
    const plans = fc.sample(fleetCases, { seed: 1, numRuns: 400 }).map((given) => {
      const state = fleetState(given);
      return { given, plan: fleetPlan(given, state) };
    });
    const share = (isSo: (one: (typeof plans)[number]) => boolean) => plans.filter(isSo).length / plans.length;
    const has = (action: string) => share(({ plan }) => plan.summary[action as "create"] > 0);
    for (const action of ["create", "replace", "delete", "start", "update", "push"])
      expect(has(action)).toBeGreaterThan(0.1);
    expect(share(({ given }) => given.surge > 0 && given.unavailable === 0)).toBeGreaterThan(0.1);
    expect(share(({ plan }) => plan.summary.replace > 1 && plan.summary.delete > 0)).toBeGreaterThan(0.1);
    expect(share(({ plan }) => plan.summary.replace > 0 && plan.summary.update > 0)).toBeGreaterThan(0.05);
  });
});
