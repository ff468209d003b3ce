import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/document.js";
import { makePlan } from "../../src/plan/make-plan.js";
import type { Address } from "../../src/resources/kind.js";
import type { InstanceFacts } from "../../src/world/world.js";
import {
  actionsOf,
  binding,
  GOLDEN,
  instanceOf,
  marked,
  marksOfImage,
  NO_OPTIONS,
  planInput,
  specOf,
  TOOLS,
  worker,
  worldOf,
} from "../support/builders.js";
import {
  applyAll,
  applyStep,
  copyOf,
  cutStates,
  type FakeState,
  instancesOf,
  observed,
  planFor,
  stateOf,
  type Wish,
} from "../support/fake-world.js";
import { oldGolden } from "../support/fake-world-cases.js";
import { fleetCases, fleetPlan, fleetSpec, fleetState, fleetWish } from "../support/fake-world-fleets.js";
import { walkPlan } from "../support/fake-world-schedule.js";
import { runsOf } from "../support/property-runs.js";

const FOREIGNERS: readonly InstanceFacts[] = [
  instanceOf("aaa", { status: "running" }),
  instanceOf("app-worker-1-g9", { status: "broken" }),
  marked(marksOfImage(GOLDEN, "f".repeat(64), { project: "other", name: "other-golden" })),
  copyOf(oldGolden, "my-copy"),
  instanceOf("zzz", { status: "unreadable", marks: { kind: "unknown", text: "torn" } }),
];

function withForeigners(state: FakeState): FakeState {
  const added = FOREIGNERS.map((facts) => [facts.name, facts] as const);
  return { ...state, instances: new Map([...state.instances, ...added]) };
}

const withCount = (wish: Wish, workers: number): Wish => ({
  ...wish,
  spec: wish.spec == null ? null : { ...wish.spec, values: { ...wish.spec.values, workers } },
});

/** Plans and applies, with all work given up. */
function settle(state: FakeState, wish: Wish): FakeState {
  const addresses = planFor(state, wish).changes.map(({ address }) => address);
  const discardWork = [...new Set(addresses)].filter((address) => address.startsWith("worker."));
  const plan = planFor(state, { ...wish, options: { ...(wish.options ?? NO_OPTIONS), discardWork } });
  expect(plan.errors).toEqual([]);
  return applyAll(state, plan);
}

/** What says that it was cloned from this image, or is a copy of it that was cut off. */
const clonesOf = (state: FakeState, image: string): readonly string[] =>
  instancesOf(state)
    .filter((facts) => facts.marks.kind === "marks" && facts.name !== image)
    .filter(({ marks }) => marks.kind === "marks" && [marks.marks.image, marks.marks.name].includes(image))
    .map(({ name }) => name);

/** Destroying, only what is there can be given up. */
function withoutCount(wish: Wish, state: FakeState): Wish {
  const there = new Set(planFor(state, { ...wish, options: NO_OPTIONS }).changes.map(({ address }) => address));
  const options = wish.options ?? NO_OPTIONS;
  return { ...wish, options: { ...options, discardWork: options.discardWork.filter((address) => there.has(address)) } };
}

const namesOf = (state: FakeState) => [...state.instances.keys()].sort();
const touches = (plan: Plan, address: Address) => plan.steps.some((step) => step.address === address);

describe.each(runsOf())("a plan, $title", (run) => {
  it("is the same bytes whatever the order of the listing", () => {
    fc.assert(
      fc.property(fleetCases, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (given, keys) => {
        const state = fleetState(given);
        const input = planInput({ ...fleetWish(given, state), world: observed(state), unfinished: state.unfinished });
        const shuffled = instancesOf(state)
          .map((facts, index) => ({ facts, key: keys[index % keys.length] ?? 0 }))
          .sort((left, right) => left.key - right.key)
          .map(({ facts }) => facts);
        const permuted = {
          ...input,
          world: { ...input.world, instances: shuffled },
          unfinished: new Map([...input.unfinished].reverse()),
        };
        expect(JSON.stringify(makePlan(permuted))).toBe(JSON.stringify(makePlan(input)));
      }),
      run,
    );
  });

  it("survives being written as JSON and read again", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const plan = fleetPlan(given, fleetState(given));
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
      run,
    );
  });

  it("has unique step ids, and each step after all that it waits for", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const { steps } = fleetPlan(given, fleetState(given));
        const seen = new Set<string>();
        for (const { id, after } of steps) {
          expect(seen.has(id)).toBe(false);
          expect(after.every((before) => seen.has(before))).toBe(true);
          seen.add(id);
        }
      }),
      run,
    );
  });

  it("does not mind foreign instances, and nothing of theirs changes", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const alone = fleetState(given);
        const among = withForeigners(alone);
        const plan = fleetPlan(given, among);
        // The image that a foreign copy was made from stays.
        const isKept = (action: string) => action === `delete ${GOLDEN} ${oldGolden.name}`;
        expect(actionsOf(plan)).toEqual(actionsOf(fleetPlan(given, alone)).filter((action) => !isKept(action)));
        const after = applyAll(among, plan);
        for (const facts of FOREIGNERS) expect(after.instances.get(facts.name)).toBe(facts);
      }),
      run,
    );
  });

  it("touches exactly |N′ − N| workers when the number changes, and coming back is the same fleet", () => {
    fc.assert(
      fc.property(fleetCases, fc.nat({ max: 7 }), (given, count) => {
        const wish: Wish = { spec: fleetSpec(given) };
        const settled = settle(fleetState(given), wish);
        const scaled = planFor(settled, withCount(wish, count));
        const there = Array.from({ length: 7 }, (_, index) => worker(index + 1)).filter((address) =>
          scaled.changes.some((change) => change.address === address),
        );
        const touched = there.filter((address) => touches(scaled, address));
        const expected = there.filter((address) => {
          const slot = Number(/\d+/.exec(address)?.[0]);
          return slot > Math.min(count, given.count) && slot <= Math.max(count, given.count);
        });
        expect(touched).toEqual(expected);
        expect(scaled.changes.filter(({ address, action }) => address === GOLDEN && action === "create")).toEqual([]);
        const back = settle(settle(settled, withCount(wish, count)), wish);
        const workersOf = (fleet: FakeState) => namesOf(fleet).filter((name) => name.includes("-worker-"));
        expect(workersOf(back).length).toBe(workersOf(settled).length);
      }),
      run,
    );
  });

  it("does nothing destructive where something is unknown", () => {
    const unreadables = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fleetCases, unreadables, fc.boolean(), (given, chosen, isTorn) => {
        const state = fleetState(given);
        const names = namesOf(state);
        // What the journal proves to be a residue of ours may go, readable or not.
        const unread = new Set(
          chosen.map((index) => names[index % names.length] ?? "").filter((name) => !state.unfinished.has(name)),
        );
        const broken = instancesOf(state).map((facts): InstanceFacts => {
          if (!unread.has(facts.name) || !facts.hasConfig) return facts;
          const marks = isTorn ? { kind: "unknown" as const, text: "torn" } : facts.marks;
          return { ...facts, status: "unreadable", marks };
        });
        const failures = broken
          .filter(({ status }) => status === "unreadable")
          .map(({ name }) => ({ instance: name, text: "torn" }));
        const wish = fleetWish({ ...given, replaces: [] }, state);
        const { plan } = makePlan(
          planInput({ ...wish, world: { ...worldOf(broken), failures }, unfinished: state.unfinished }),
        );
        const feared = new Set(failures.map(({ instance }) => instance));
        expect(plan.steps.filter(({ instance }) => feared.has(instance))).toEqual([]);
        const ours = plan.errors.filter(({ code }) => code === "PLAN_UNKNOWN");
        if (failures.length > 0) expect(ours.length).toBeGreaterThan(0);
        for (const { addresses } of ours) for (const address of addresses) expect(touches(plan, address)).toBe(false);
        if (failures.length > 0) expect(plan.steps.some(({ id }) => id.startsWith("delete:image."))).toBe(false);
        const isImageUnknown = ours.some(({ addresses }) => addresses.includes(GOLDEN));
        // Right or stale can only be told by the image.
        if (isImageUnknown)
          for (const slot of [1, 2, 3].slice(0, given.count)) expect(touches(plan, worker(slot))).toBe(false);
      }),
      run,
    );
  });

  it("has no step at all when the listing failed", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const state = fleetState(given);
        const failures = [{ instance: "", text: "limactl did not answer" }];
        const { plan } = makePlan(
          planInput({ ...fleetWish(given, state), world: { ...observed(state), failures, instances: [] } }),
        );
        expect({ steps: plan.steps, codes: plan.errors.map(({ code }) => code) }).toEqual({
          steps: [],
          codes: ["PLAN_UNKNOWN"],
        });
      }),
      run,
    );
  });

  it("with targets does a part of what the whole would do, and the rest is left for the whole", () => {
    fc.assert(
      fc.property(fleetCases, fc.integer({ min: 1, max: 7 }), (given, slot) => {
        const state = fleetState(given);
        const wish = fleetWish({ ...given, replaces: [] }, state);
        const target = slot > given.count ? GOLDEN : worker(slot);
        const whole = planFor(state, wish);
        const part = planFor(state, { ...wish, options: { ...NO_OPTIONS, ...wish.options, targets: [target] } });
        const does = (plan: Plan) => plan.steps.map(({ verb, address, instance }) => `${verb} ${address} ${instance}`);
        expect(does(whole)).toEqual(expect.arrayContaining(does(part)));
        const allowed = new Set<Address>([target, GOLDEN, TOOLS]);
        expect(part.steps.filter(({ address }) => !allowed.has(address))).toEqual([]);
        const inTwo = settle(applyAll(state, part), { spec: fleetSpec(given) });
        expect(actionsOf(planFor(inTwo, { spec: fleetSpec(given) }))).toEqual([]);
      }),
      run,
    );
  });

  it("heals what a kill in the middle of any schedule leaves", () => {
    fc.assert(
      fc.property(fleetCases, fc.nat({ max: 40 }), fc.nat({ max: 5 }), (given, killedAfter, cut) => {
        const state = fleetState(given);
        let picked = 0;
        const walked = walkPlan(state, fleetPlan(given, state), {
          pick: (count) => (given.picks[picked++ % given.picks.length] ?? 0) % count,
          ends: () => "done",
          killedAfter,
        });
        const left = walked.running.reduce((before, step) => {
          const ways = [before, ...cutStates(before, step), applyStep(before, step)];
          return ways[cut % ways.length] ?? before;
        }, walked.state);
        const wish: Wish = { spec: fleetSpec(given) };
        expect(actionsOf(planFor(settle(left, wish), wish))).toEqual([]);
      }),
      run,
    );
  });

  it("takes an image away only when all that was cloned from it is gone, under every schedule", () => {
    fc.assert(
      fc.property(fleetCases, fc.boolean(), (given, isDestroyed) => {
        const state = fleetState(given);
        const intent = isDestroyed ? ({ kind: "destroy", keepImages: false, workersOnly: false } as const) : undefined;
        const wish = fleetWish({ ...given, replaces: [] }, state);
        const plan = planFor(state, intent === undefined ? wish : withoutCount({ ...wish, intent }, state));
        expect(plan.errors).toEqual([]);
        let picked = 0;
        walkPlan(state, plan, {
          pick: (count) => (given.picks[picked++ % given.picks.length] ?? 0) % count,
          ends: () => "done",
          onBegin: (step, now) => {
            if (step.id.startsWith("delete:image.")) expect(clonesOf(now, step.instance)).toEqual([]);
          },
        });
      }),
      run,
    );
  });

  it("to destroy leaves nothing of ours, and all of others", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const among = withForeigners(fleetState(given));
        const intent = { kind: "destroy", keepImages: false, workersOnly: false } as const;
        const after = settle(among, { spec: fleetSpec(given), intent });
        expect(namesOf(after)).toEqual(FOREIGNERS.map(({ name }) => name).sort());
      }),
      run,
    );
  });
});

describe("a first apply", () => {
  it("makes images, workers and pushes in this order, and nothing is left to do", () => {
    const wish: Wish = { spec: specOf("workers = 2") };
    const plan = planFor(stateOf([]), wish);
    expect(actionsOf(plan)).toEqual([
      `create ${TOOLS} ${plan.changes[0]?.instance}`,
      `create ${GOLDEN} ${plan.changes[1]?.instance}`,
      `create ${worker(1)} app-worker-1`,
      `create ${worker(2)} app-worker-2`,
      `push ${binding(1)} app-worker-1`,
      `push ${binding(2)} app-worker-2`,
    ]);
    expect(actionsOf(planFor(applyAll(stateOf([]), plan), wish))).toEqual([]);
  });
});
