import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan, Step } from "../../src/plan/document.js";
import { estimateMs } from "../../src/reconcilers/estimate.js";
import { limitsFor } from "../../src/reconcilers/limits.js";
import { durationKey } from "../../src/reconcilers/next-record.js";
import { HOST } from "../support/builders.js";
import { type FakeState, instancesOf } from "../support/fake-world.js";
import { fleetCases, fleetPlan, fleetState } from "../support/fake-world-fleets.js";
import { walkPlan } from "../support/fake-world-schedule.js";
import { runsOf } from "../support/property-runs.js";

/** Memory of all guests of ours that run, or are being started, just before a step begins. */
function memoryNow(state: FakeState, starting: Set<string>): number {
  let bytes = 0;
  for (const { name, status, memoryBytes } of instancesOf(state)) {
    const runs = status === "running" || status === "broken";
    if (runs) starting.delete(name);
    if ((runs || starting.has(name)) && isOurs(state, name)) bytes += memoryBytes;
  }
  return bytes;
}

const isOurs = (state: FakeState, name: string): boolean => {
  const facts = state.instances.get(name);
  return facts?.marks.kind === "marks" || state.unfinished.has(name);
};

function mostMemory(state: FakeState, plan: Plan, picks: readonly number[]): number {
  const starting = new Set<string>();
  let most = 0;
  let picked = 0;
  walkPlan(state, plan, {
    pick: (count) => (picks[picked++ % picks.length] ?? 0) % count,
    ends: () => "done",
    onBegin: (step: Step, now) => {
      if (step.verb === "start") starting.add(step.instance);
      most = Math.max(most, memoryNow(now, starting));
    },
  });
  return most;
}

describe.each(runsOf())("what a plan needs, $title", (run) => {
  it("is never exceeded under any schedule", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const state = fleetState(given);
        const plan = fleetPlan(given, state);
        const most = mostMemory(state, plan, given.picks);
        const { startsAny = false, memoryBytes = 0 } = plan.needs ?? {};
        if (startsAny) expect(most).toBeLessThanOrEqual(memoryBytes);
      }),
      run,
    );
  });

  it("takes at least as long as the longest step, and at most as long as one step after the other", () => {
    fc.assert(
      fc.property(
        fleetCases,
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 5, maxLength: 5 }),
        (given, times) => {
          const { steps } = fleetPlan(given, fleetState(given));
          const keys = [...new Set(steps.map(durationKey))];
          const known = Object.fromEntries(keys.map((key, index) => [key, times[index % times.length] ?? 1]));
          const each = steps.map((step) => known[durationKey(step)] ?? 0);
          const about = estimateMs(steps, known, limitsFor(HOST, null));
          expect(about === null).toBe(steps.length === 0);
          if (about === null) return;
          expect(about).toBeGreaterThanOrEqual(Math.max(...each));
          expect(about).toBeLessThanOrEqual(each.reduce((total, ms) => total + ms, 0));
        },
      ),
      run,
    );
  });
});
