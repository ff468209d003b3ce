import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/document.js";
import { actionsOf, NO_OPTIONS, specOf, worker } from "../support/builders.js";
import { applyAll, type FakeState, planFor, type Wish } from "../support/fake-world.js";
import { combinations, SLOT_STATES, type SlotState, smallWorld } from "../support/fake-world-cases.js";

const LIMITS = [
  { surge: 0, unavailable: 1 },
  { surge: 1, unavailable: 0 },
];

/** All work is given up, so that nothing but the state of the slots decides. */
function wishFor(slots: readonly SlotState[], wish: Wish, count: number): Wish {
  const there = slots.flatMap((state, index) => (state !== "absent" || index < count ? [worker(index + 1)] : []));
  return { ...wish, options: { ...NO_OPTIONS, discardWork: there } };
}

function problemOf(before: FakeState, wish: Wish): string {
  const plan = planFor(before, wish);
  if (plan.errors.length > 0) return showErrors(plan);
  const again = planFor(applyAll(before, plan), { ...wish, options: NO_OPTIONS });
  return [...again.errors.map(({ text }) => text), ...actionsOf(again)].join("; ");
}

const showErrors = (plan: Plan): string => plan.errors.map(({ code, text }) => `${code} ${text}`).join("; ");

describe("every small world", () => {
  it.each([0, 1, 2, 3])("is as wanted after one apply, for %i workers", (count) => {
    const t0 = Date.now();
    let cases = 0;
    const problems: string[] = [];
    for (const { surge, unavailable } of LIMITS) {
      const rollout = count === 0 ? "" : `rollout = { surge = ${surge}, unavailable = ${unavailable} }`;
      const spec = specOf(`workers = ${count}\n${rollout}`);
      for (const slots of combinations(SLOT_STATES, 3)) {
        cases += 1;
        const wish = wishFor(slots, { spec }, count);
        let problem: string;
        try {
          problem = problemOf(smallWorld(slots, spec), wish);
        } catch (error) {
          problem = String(error);
        }
        if (problem !== "") problems.push(`${slots.join(" | ")} surge ${surge}: ${problem}`);
      }
    }
    console.log(cases, Date.now() - t0);
    expect(problems.slice(0, 5)).toEqual([]);
  });
});
