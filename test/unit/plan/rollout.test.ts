import { describe, expect, it } from "vitest";
import { type RolloutLegs, rolloutEdges } from "../../../src/plan/rollout.js";
import type { Action } from "../../../src/resources/kind.js";

const OLD = 100;
/** What is made at a slot has the slot as its place, what is taken away a hundred more. */
function leg(slot: number, action: Action, wasBroken = false): RolloutLegs {
  const make = action === "delete" ? -1 : slot;
  const end = action === "create" || action === "start" ? -1 : OLD + slot;
  return { decision: { action, wasBroken }, slot, firstMake: make, lastMake: make, firstEnd: end, lastEnd: end };
}

const nameOf = (place: number): string => (place > OLD ? `old${place - OLD}` : `new${place}`);

const replace = (slot: number) => leg(slot, "replace");
const broken = (slot: number) => leg(slot, "replace", true);

/** `before → after`, without the edge that frees a name, sorted. */
function edges(legs: readonly RolloutLegs[], surge: number, unavailable: number): readonly string[] {
  const found: string[] = [];
  rolloutEdges(legs, { surge, unavailable }, (before, after) => found.push(`${nameOf(before)} → ${nameOf(after)}`));
  return found.sort();
}

describe("the rule of rolling replacement", () => {
  it("with surge 0 and unavailable 1 goes one by one, the old one first", () => {
    expect(edges([replace(1), replace(2)], 0, 1)).toEqual(["new1 → old2", "old1 → new1", "old1 → old2", "old2 → new2"]);
  });

  it("with surge 1 and unavailable 0 makes the new one first, and waits for the old one before the next", () => {
    expect(edges([replace(1), replace(2)], 1, 0)).toEqual(["new1 → old1", "new2 → old2", "old1 → new2"]);
  });

  it("with room for all lets all go at once", () => {
    expect(edges([replace(1), replace(2)], 0, 2)).toEqual(["old1 → new1", "old2 → new2"]);
    expect(edges([replace(1), replace(2)], 2, 2)).toEqual([]);
  });

  it("begins with missing, then with unavailable ones, which wait for nothing but room", () => {
    expect(edges([replace(1), broken(2), leg(3, "create")], 0, 1)).toEqual([
      // b = 2, so V = 0: the first healthy one waits for the first of the sequence, which is the missing one.
      "new3 → old1",
      "old1 → new1",
      "old2 → new2",
    ]);
  });

  it("counts a worker that is only started as unavailable, but gives it no room", () => {
    expect(edges([replace(1), leg(2, "start", true)], 0, 1)).toEqual(["new2 → old1", "old1 → new1"]);
    expect(edges([replace(1), replace(3), leg(2, "start", true)], 1, 1)).toEqual([
      "new1 → old3",
      "new2 → old1",
      "old1 → new3",
      "old1 → old3",
    ]);
  });

  it("gives changes in place their turn among replacements", () => {
    expect(edges([replace(1), leg(2, "update")], 0, 1)).toEqual(["new1 → old2", "old1 → new1", "old1 → old2"]);
  });

  it("makes changes in place one at a time where nobody may be away", () => {
    expect(edges([leg(1, "update"), leg(2, "update"), replace(3)], 1, 0)).toEqual([
      "new1 → old2",
      "new3 → old3",
      "old1 → old2",
    ]);
  });

  it("takes all surplus away before anything is made, and tells only those that would not wait anyway", () => {
    const legs = [leg(8, "delete"), leg(9, "delete"), replace(1), replace(2), replace(3)];
    const told = edges(legs, 0, 1).filter((edge) => edge.startsWith("old8") || edge.startsWith("old9"));
    expect(told).toEqual(["old8 → new1", "old9 → new1"]);
  });

  it("tells of the surplus also those that wait only for an update or a start", () => {
    const legs = [leg(9, "delete"), leg(1, "start", true), replace(2)];
    expect(edges(legs, 0, 1)).toContain("old9 → new2");
  });
});
