import { describe, expect, it } from "vitest";
import type { Step } from "../../src/plan/document.js";
import type { InstanceFacts } from "../../src/world/world.js";
import {
  actionsOf,
  fleetOf,
  GOLDEN,
  imagesOf,
  instanceOf,
  marked,
  marksOfImage,
  NO_OPTIONS,
  specOf,
  workerOf,
} from "../support/builders.js";
import {
  applyAll,
  applyStep,
  begun,
  copyOf,
  cutStates,
  doStep,
  type FakeState,
  planFor,
  stateOf,
  type Wish,
} from "../support/fake-world.js";
import { OLD_REVISION, oldGolden } from "../support/fake-world-cases.js";

interface History {
  readonly name: string;
  readonly before: FakeState;
  readonly wish: Wish;
}

const spec = specOf("workers = 2");
const { tools, golden } = imagesOf(spec);
const oldFleet = [tools, golden, oldGolden, workerOf(1, oldGolden), workerOf(2, oldGolden)];

/** None of these may ever change: another's instance, another project's, one with a name of ours, a copy of ours. */
const FOREIGNERS: readonly InstanceFacts[] = [
  instanceOf("somebody", { status: "running" }),
  instanceOf("app-worker-1-g2", { status: "running" }),
  marked(marksOfImage(GOLDEN, OLD_REVISION, { project: "other", name: "other-golden" })),
  copyOf(oldGolden, "my-copy"),
];

const destroy: Wish["intent"] = { kind: "destroy", keepImages: false, workersOnly: false };

const HISTORIES: readonly History[] = [
  { name: "first apply", before: stateOf([]), wish: { spec } },
  {
    name: "first apply with hooks",
    before: stateOf([]),
    wish: { spec: specOf('workers = 1\nhooks.post_sync = "make"') },
  },
  { name: "rolling, destroy first", before: stateOf(oldFleet), wish: { spec: specOf("workers = 2\nimage.keep = 0") } },
  {
    name: "rolling, surge",
    before: stateOf(oldFleet),
    wish: { spec: specOf("workers = 2\nrollout.surge = 1\nrollout.unavailable = 0") },
  },
  {
    name: "new images",
    before: stateOf(fleetOf(spec)),
    wish: { spec: specOf('workers = 2\nimage.keep = 0\nvm.user = "dev"') },
  },
  { name: "resize", before: stateOf(fleetOf(spec)), wish: { spec: specOf('workers = 2\nvm.memory = "8GiB"') } },
  { name: "scale down", before: stateOf(fleetOf(spec)), wish: { spec: specOf("workers = 0") } },
  { name: "destroy", before: stateOf(oldFleet), wish: { spec, intent: destroy } },
  {
    name: "destroy, images kept",
    before: stateOf(oldFleet),
    wish: { spec, intent: { kind: "destroy", keepImages: true, workersOnly: false } },
  },
];

const cases = HISTORIES.flatMap(({ name, before, wish }) => [
  { name, before, wish },
  { name: `${name}, among foreigners`, before: withForeigners(before), wish },
]);

function withForeigners(state: FakeState): FakeState {
  return {
    ...state,
    instances: new Map([...state.instances, ...FOREIGNERS.map((facts) => [facts.name, facts] as const)]),
  };
}

/** Work of guests is not what these tests are about. */
function givenUp(state: FakeState, wish: Wish): Wish {
  const plan = planFor(state, wish);
  const addresses = plan.changes.map(({ address }) => address).filter((address) => address.startsWith("worker."));
  return { ...wish, options: { ...NO_OPTIONS, discardWork: [...new Set(addresses)] } };
}

/** Plans and applies; what may be left to do afterwards is nothing. */
function heal(state: FakeState, wish: Wish): FakeState {
  const plan = planFor(state, givenUp(state, wish));
  expect(plan.errors).toEqual([]);
  const after = applyAll(state, plan);
  const again = planFor(after, wish);
  expect({ errors: again.errors, actions: actionsOf(again) }).toEqual({ errors: [], actions: [] });
  return after;
}

/** The states that a process killed during this step can leave. */
function killedDuring(state: FakeState, step: Step): readonly FakeState[] {
  const before = begun(state, step);
  return [before, ...cutStates(state, step), applyStep(before, step)];
}

/** What a healed fleet is, whatever happened on the way: images and workers by address, without names and times. */
function shapeOf(state: FakeState): readonly string[] {
  return [...state.instances.values()]
    .flatMap((facts) => {
      const marks = facts.marks.kind === "marks" && facts.marks.marks.name === facts.name ? facts.marks.marks : null;
      if (marks === null || marks.project !== "app") return [];
      const { cpus, memoryBytes, status, lastPush } = facts;
      return [[marks.address, marks.revision.slice(0, 8), status, cpus, memoryBytes, lastPush?.commit].join(" ")];
    })
    .sort();
}

function expectForeignersUntouched(before: FakeState, after: FakeState): void {
  const there = FOREIGNERS.filter((facts) => before.instances.get(facts.name) === facts);
  for (const facts of there) expect(after.instances.get(facts.name)).toBe(facts);
}

describe.each(cases)("a process killed during $name", ({ before, wish }) => {
  const plan = planFor(before, givenUp(before, wish));
  const clean = applyAll(before, plan);

  it("is healed by the next apply, at whatever point it was killed", () => {
    let state = before;
    for (const step of plan.steps) {
      for (const killed of killedDuring(state, step)) {
        const healed = heal(killed, wish);
        expect(shapeOf(healed)).toEqual(shapeOf(clean));
        expectForeignersUntouched(before, healed);
      }
      state = doStep(state, step);
    }
    expect(plan.steps.length).toBeGreaterThan(0);
  });

  it("is healed also when the apply that heals is killed", () => {
    let state = before;
    for (const step of plan.steps) {
      for (const killed of killedDuring(state, step)) {
        let second = killed;
        for (const repair of planFor(killed, givenUp(killed, wish)).steps) {
          for (const again of killedDuring(second, repair)) {
            const healed = heal(again, wish);
            expect(shapeOf(healed)).toEqual(shapeOf(clean));
            expectForeignersUntouched(before, healed);
          }
          second = doStep(second, repair);
        }
      }
      state = doStep(state, step);
    }
  });
});
