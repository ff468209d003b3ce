import { describe, expect, it } from "vitest";
import { actionsOf, NO_OPTIONS, specOf, worker } from "../support/builders.js";
import { applyAll, type FakeState, planFor, type Wish } from "../support/fake-world.js";
import {
  combinations,
  IMAGE_STATES,
  type ImageWorld,
  imageWorld,
  SLOT_STATES,
  type SlotState,
  smallWorld,
} from "../support/fake-world-cases.js";

/* No samples: every world of a small scope is planned and applied. */

const DESTROY_FIRST = "rollout = { surge = 0, unavailable = 1 }";
const SURGE = "rollout = { surge = 1, unavailable = 0 }";

/** All work is given up, so that nothing but the state of the slots decides. */
function wishFor(slots: readonly SlotState[], wish: Wish, count: number): Wish {
  const there = slots.flatMap((state, index) => (state !== "absent" || index < count ? [worker(index + 1)] : []));
  return { ...wish, options: { ...NO_OPTIONS, discardWork: there } };
}

/** What stands between one apply and nothing left to do; empty when all is well. */
function problemOf(before: FakeState, wish: Wish): string {
  try {
    const plan = planFor(before, wish);
    if (plan.errors.length > 0) return plan.errors.map(({ text }) => text).join("; ");
    const again = planFor(applyAll(before, plan), { ...wish, options: NO_OPTIONS });
    return [...again.errors.map(({ text }) => text), ...actionsOf(again)].join("; ");
  } catch (error) {
    return String(error);
  }
}

describe("every small world of workers", () => {
  it.each([
    { count: 0, rollout: "" },
    { count: 1, rollout: DESTROY_FIRST },
    { count: 2, rollout: SURGE },
    { count: 3, rollout: DESTROY_FIRST },
    { count: 3, rollout: SURGE },
  ])("is as wanted after one apply: $count wanted, $rollout", ({ count, rollout }) => {
    const spec = specOf(`workers = ${count}\n${rollout}`);
    const problems: string[] = [];
    for (const slots of combinations(SLOT_STATES, 3)) {
      const problem = problemOf(smallWorld(slots, spec), wishFor(slots, { spec }, count));
      if (problem !== "") problems.push(`${slots.join(" | ")}: ${problem}`);
    }
    expect(problems.slice(0, 5)).toEqual([]);
  });
});

describe("every small world of images", () => {
  const WORKERS: readonly SlotState[] = ["absent", "ready new", "ready old", "held old"];
  const worlds = IMAGE_STATES.flatMap(
    (tools) =>
      [...IMAGE_STATES, "copy" as const].flatMap((golden) =>
        WORKERS.map((slot): ImageWorld => ({ tools, golden, worker: slot })),
      ),
    // A copy that was cut off proves itself by the image that it was copied from.
  ).filter(({ tools, golden }) => golden !== "copy" || ["sealed", "started", "spoiled"].includes(tools));

  it.each([
    { keep: 0, hook: "" },
    { keep: 1, hook: 'hooks.post_sync = "make"' },
  ])("is as wanted after one apply: image.keep = $keep, $hook", ({ keep, hook }) => {
    const spec = specOf(`image.keep = ${keep}\n${hook}`);
    const problems = worlds.flatMap((world) => {
      const problem = problemOf(imageWorld(world, spec), wishFor([world.worker], { spec }, 1));
      return problem === "" ? [] : [`${JSON.stringify(world)}: ${problem}`];
    });
    expect(problems.slice(0, 5)).toEqual([]);
  });

  it("is empty after one destroy", () => {
    const spec = specOf();
    const intent = { kind: "destroy", keepImages: false, workersOnly: false } as const;
    for (const world of worlds) {
      const before = imageWorld(world, spec);
      const plan = planFor(before, wishFor([world.worker], { spec, intent }, world.worker === "absent" ? 0 : 1));
      expect(plan.errors).toEqual([]);
      expect([...applyAll(before, plan).instances.keys()]).toEqual([]);
    }
  });
});
