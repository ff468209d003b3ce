import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DriftItem, findDrift } from "../../src/plan/drift.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { type AppliedRecord, RECORD_FORMAT, RECORD_VERSION } from "../../src/record/record.js";
import { marksOf } from "../../src/resources/marks-of.js";
import { NOW, OWNER, PROJECT, planInput, RULES } from "../support/builders.js";
import { type FakeState, instancesOf, observed } from "../support/fake-world.js";
import { type FleetCase, fleetCases, fleetState, fleetWish } from "../support/fake-world-fleets.js";
import { runsOf } from "../support/property-runs.js";

/* Record and journal are caches: whenever they are lost, nothing else is done than with them; at most less. */

const RESIDUES = new Set(["bare", "copy"]);
const isWhole = ({ slots }: FleetCase): boolean => !slots.some((slot) => RESIDUES.has(slot));

const planOf = (given: FleetCase, state: FakeState, unfinished: FakeState["unfinished"]) =>
  makePlan(planInput({ ...fleetWish(given, state), world: observed(state), unfinished })).plan;

/** What an apply that left all of this noted. */
function recordOf(state: FakeState, workers: number): AppliedRecord {
  const addresses = instancesOf(state).flatMap((facts) => {
    const marks = marksOf(facts);
    return marks === null || marks.name !== facts.name
      ? []
      : [[marks.address, { instance: facts.name, revision: marks.revision }] as const];
  });
  return {
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    ...{ engine: "0.1.0", project: PROJECT, owner: OWNER, ownerPath: "/repo/.git", specDigest: "", at: NOW },
    ...{ workers, addresses: Object.fromEntries(addresses), lastDurations: {}, appliedPlans: [] },
  };
}

describe.each(runsOf())("losing record and journal, $title", (run) => {
  it("changes not one step of a plan", () => {
    fc.assert(
      fc.property(fleetCases.filter(isWhole), (given) => {
        const state = fleetState(given);
        const everybody = new Map(
          instancesOf(state).map((facts) => [facts.name, marksOf(facts)?.address ?? "worker.default[1]"] as const),
        ) as unknown as FakeState["unfinished"];
        const [kept, lost] = [planOf(given, state, everybody), planOf(given, state, new Map())];
        expect({ steps: lost.steps, changes: lost.changes, errors: lost.errors }).toEqual({
          steps: kept.steps,
          changes: kept.changes,
          errors: kept.errors,
        });
      }),
      run,
    );
  });

  it("where a clone was cut off: does less at its address and says so, and never touches the leftover", () => {
    fc.assert(
      fc.property(fleetCases, (given) => {
        const state = fleetState(given);
        const [kept, lost] = [planOf(given, state, state.unfinished), planOf(given, state, new Map())];
        const leftovers = new Set(state.unfinished.keys());
        // A leftover's name is taken then, so a worker may be made beside it; nothing that is there goes for that.
        const ends = (plan: typeof kept) =>
          plan.steps.filter(({ verb }) => verb === "delete").map(({ instance }) => instance);
        expect(ends(lost).filter((name) => leftovers.has(name))).toEqual([]);
        expect(ends(lost).filter((name) => !ends(kept).includes(name))).toEqual([]);
        const said = JSON.stringify([lost.errors, lost.warnings]);
        for (const name of leftovers) if (state.instances.has(name)) expect(said).toContain(name);
      }),
      run,
    );
  });

  it("leaves drift of what is there as it is; only what is missing or too many may not be known any more", () => {
    fc.assert(
      fc.property(fleetCases.filter(isWhole), (given) => {
        const state = fleetState(given);
        const input = { rules: RULES, project: PROJECT, owner: OWNER, world: observed(state) };
        const spec = fleetWish(given, state).spec ?? null;
        const ofObjects = (items: readonly DriftItem[]) =>
          items.filter(({ kind }) => kind !== "missing" && kind !== "extra");
        const kept = findDrift({ ...input, spec, record: recordOf(state, given.count) });
        const lost = findDrift({ ...input, spec, record: null, unfinished: new Map() });
        expect(lost.complete).toBe(kept.complete);
        expect(ofObjects(lost.items)).toEqual(ofObjects(kept.items));
      }),
      run,
    );
  });
});
