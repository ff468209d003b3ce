import fc from "fast-check";
import type { Plan } from "../../src/plan/document.js";
import type { Address, ResolvedSpec } from "../../src/resources/kind.js";
import { marksOf } from "../../src/resources/marks-of.js";
import type { InstanceFacts } from "../../src/world/world.js";
import { imagesOf, NO_OPTIONS, specOf, worker } from "./builders.js";
import { type FakeState, planFor, type Wish, withInstance } from "./fake-world.js";
import { SLOT_STATES, type SlotState, slotObject, smallWorld } from "./fake-world-cases.js";
import { workersIn } from "./fake-world-schedule.js";

/* Fleets in any condition, and what is wanted of them. */

export interface FleetCase {
  readonly slots: readonly SlotState[];
  /** By slot: a second object that a cut-off surge left. */
  readonly twins: readonly (SlotState | null)[];
  readonly count: number;
  readonly surge: number;
  readonly unavailable: number;
  readonly isResized: boolean;
  /** How many older images stay. */
  readonly keep: number;
  readonly replaces: readonly number[];
  /** Choices of the schedule and of what fails, used in turn. */
  readonly picks: readonly number[];
  readonly fails: readonly number[];
}

const slotState = fc.constantFrom<SlotState>(...SLOT_STATES, "ready old", "ready old", "ready new");
const TWINS: readonly SlotState[] = [
  "created new",
  "starting new",
  "ready new",
  "stopped new",
  "ready old",
  "broken old",
];
const twinState = fc.option(fc.constantFrom<SlotState>(...TWINS), { freq: 4 });

const slots = fc.record({
  slots: fc.array(slotState, { minLength: 1, maxLength: 7 }),
  twins: fc.array(twinState, { minLength: 7, maxLength: 7 }),
  count: fc.integer({ min: 0, max: 7 }),
});

/** Nothing is wrong with these but their age: what limits rolling changes is then the limits alone. */
const healthySlots = fc
  .array(fc.constantFrom<SlotState>("ready new", "ready old"), { minLength: 1, maxLength: 7 })
  .map((states) => ({ slots: states, twins: [], count: states.length }));

const wishes = fc
  .record({
    surge: fc.integer({ min: 0, max: 3 }),
    unavailable: fc.integer({ min: 0, max: 3 }),
    isResized: fc.boolean(),
    keep: fc.nat({ max: 1 }),
    replaces: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 2 }),
    picks: fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 60 }),
    fails: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 12 }),
  })
  .map((given) => ({ ...given, unavailable: given.surge + given.unavailable === 0 ? 1 : given.unavailable }));

/** Shape: surge and unavailable are never both 0. */
export const fleetCases: fc.Arbitrary<FleetCase> = fc
  .tuple(fc.oneof({ weight: 2, arbitrary: slots }, { weight: 1, arbitrary: healthySlots }), wishes)
  .map(([there, wish]) => ({ ...there, ...wish }));

const base = specOf();

export function fleetSpec({ count, surge, unavailable, isResized, keep }: FleetCase): ResolvedSpec {
  const values = {
    ...base.values,
    workers: count,
    "image.keep": keep,
    "rollout.surge": surge,
    "rollout.unavailable": unavailable,
    "vm.memory": isResized ? "8GiB" : "4GiB",
    // What fits is not what these cases are about.
    "limits.memory": "1TiB",
  };
  return { ...base, values };
}

export function fleetState({ slots, twins }: FleetCase): FakeState {
  const { golden } = imagesOf(base);
  return slots.reduce(
    (state, slot, index) => {
      const twin = twins[index] ?? null;
      const object = twin === null ? null : slotObject(index + 1, twin, golden);
      if (object === null || ["absent", "bare", "copy"].includes(slot)) return state;
      return withInstance(state, renamed(object, `${object.name}-g2`));
    },
    smallWorld(slots, base),
  );
}

function renamed(object: InstanceFacts, name: string): InstanceFacts {
  const marks = marksOf(object);
  return { ...object, name, marks: marks === null ? object.marks : { kind: "marks", marks: { ...marks, name } } };
}

/** All work is given up: what guests hold is not what these cases are about. */
export function fleetWish(given: FleetCase, state: FakeState): Wish {
  const there = new Set(workersIn(state).all.values());
  const wanted = Array.from({ length: given.count }, (_, index) => worker(index + 1));
  const replaces = [...new Set(given.replaces.map(worker))].filter((address) => wanted.includes(address));
  const discardWork: readonly Address[] = [...new Set([...wanted, ...there])];
  return { spec: fleetSpec(given), options: { ...NO_OPTIONS, replaces, discardWork } };
}

export const fleetPlan = (given: FleetCase, state: FakeState): Plan => planFor(state, fleetWish(given, state));
