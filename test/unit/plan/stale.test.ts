import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/errors/errors.js";
import type { Plan } from "../../../src/plan/document.js";
import { isWithin, staleness, stalePlanError } from "../../../src/plan/stale.js";
import type { InstanceFacts } from "../../../src/resources/kind.js";
import type { WorkItem } from "../../../src/world/world.js";
import {
  binding,
  fleetOf,
  GOLDEN,
  HEAD,
  imagesOf,
  instanceOf,
  NO_OPTIONS,
  OTHER_OWNER,
  planOn,
  sourcesOf,
  specOf,
  worker,
  workerOf,
  worldOf,
} from "../../support/builders.js";
import { bare, copyOf } from "../../support/fake-world.js";
import { oldGolden } from "../../support/fake-world-cases.js";

const { tools, golden } = imagesOf();
const spec = specOf("workers = 2");

type World = Parameters<typeof worldOf>[1];

/** A plan on these instances; guests hold what `work` says, by default nothing. */
function plan(
  instances: readonly InstanceFacts[],
  world: World = {},
  changes: Parameters<typeof planOn>[0] = {},
): Plan {
  const work = Object.fromEntries(instances.map(({ name }) => [name, { kind: "known", items: [] } as const]));
  return planOn({ spec, world: worldOf(instances, { work, ...world }), ...changes });
}

/** `address: planned → found` in a few words. */
const moved = (saved: Plan, fresh: Plan) => staleness(saved, fresh).map(({ address }) => address);

const rolling = [tools, golden, oldGolden, workerOf(1, oldGolden), workerOf(2, oldGolden)];
const change = (instances: readonly InstanceFacts[], name: string, changes: Partial<InstanceFacts>) =>
  instances.map((facts) => (facts.name === name ? { ...facts, ...changes } : facts));

describe("a saved plan", () => {
  it("is fresh while nothing has changed", () => {
    expect(staleness(plan(rolling), plan(rolling))).toEqual([]);
    expect(staleness(plan([]), plan([]))).toEqual([]);
  });

  it.each([
    { what: "its status", changes: { status: "broken" as const } },
    { what: "its size", changes: { cpus: 1 } },
    { what: "its code", changes: { lastPush: { commit: HEAD, carriedDigest: "x", base: HEAD, at: "" } } },
    { what: "its readiness", changes: { readyAt: null, status: "stopped" as const } },
  ])("is stale when a worker that it replaces changed $what", ({ changes }) => {
    expect(moved(plan(rolling), plan(change(rolling, "app-worker-1", changes)))).toContain(worker(1));
  });

  it("is stale when the worker that it deletes is gone, or the one that it makes is there", () => {
    const none = specOf("workers = 0");
    const deleting = plan(fleetOf(), {}, { spec: none });
    expect(moved(deleting, plan([tools, golden], {}, { spec: none }))).toEqual([worker(1)]);
    const making = plan([tools, golden]);
    expect(moved(making, plan([tools, golden, workerOf(1, golden)]))).toEqual([worker(1), binding(1)]);
  });

  it("is stale when the image that it clones from is another one, or was started", () => {
    const making = plan([tools, golden]);
    expect(moved(making, plan([tools]))).toContain(worker(1));
    expect(moved(making, plan([tools, { ...golden, status: "running" }]))).toContain(worker(1));
  });

  it("is stale when its name was taken meanwhile", () => {
    const [mismatch] = staleness(plan([tools, golden]), plan([tools, golden, instanceOf("app-worker-1")]));
    expect(mismatch).toEqual({
      address: worker(1),
      planned: "create app-worker-1 (not there)",
      found: "create app-worker-1-g2 (not there)",
    });
  });

  it("does not mind changes elsewhere", () => {
    const part = (instances: readonly InstanceFacts[]) =>
      plan(instances, {}, { options: { ...NO_OPTIONS, targets: [worker(1)] } });
    const others: readonly (readonly InstanceFacts[])[] = [
      change(rolling, "app-worker-2", { status: "stopped" }),
      rolling.filter(({ name }) => name !== "app-worker-2"),
      [...rolling, instanceOf("somebody"), copyOf(golden, "mine")],
      change(rolling, tools.name, { status: "broken" }),
    ];
    for (const instances of others) expect(moved(part(rolling), part(instances))).toEqual([]);
    // What needs nothing done is no part of what the plan does.
    const settled = plan([tools, golden, workerOf(1, golden)]);
    expect(moved(settled, plan([tools, golden, workerOf(1, golden), workerOf(2, golden)]))).toContain(worker(2));
    expect(moved(settled, plan([tools, golden, workerOf(1, golden, { facts: { status: "stopped" } })]))).toEqual([]);
  });

  it("is stale when there is more work than was planned to be lost, not when there is less", () => {
    const item = (count: number): WorkItem => ({ kind: "uncommitted", count, bytes: count, examples: [] });
    const given = { options: { ...NO_OPTIONS, discardWork: [worker(1), worker(2)] } };
    const withWork = (...items: readonly WorkItem[]) => {
      const work = {
        "app-worker-1": { kind: "known", items },
        "app-worker-2": { kind: "known", items: [] },
      } as const;
      return plan(rolling, { work }, given);
    };
    const run: WorkItem = { kind: "live_run", count: 1, bytes: 0, examples: [] };
    expect(staleness(withWork(item(2)), withWork(item(3)))).toEqual([
      { address: worker(1), planned: "2 uncommitted files (2 B)", found: "3 uncommitted files (3 B)" },
    ]);
    expect(moved(withWork(item(2)), withWork(item(2), run))).toEqual([worker(1)]);
    expect(moved(withWork(), withWork(item(1)))).toEqual([worker(1)]);
    expect(moved(withWork(item(2), run), withWork(item(1)))).toEqual([]);
  });

  it("is stale when a worker that it would push to has work now", () => {
    const sources = sourcesOf({ head: "4".repeat(40) });
    const fleet = [tools, golden, workerOf(1, golden), workerOf(2, golden)];
    const edit: WorkItem = { kind: "untracked", count: 1, bytes: 1, examples: [] };
    const work = {
      "app-worker-1": { kind: "known", items: [edit] },
      "app-worker-2": { kind: "known", items: [] },
    } as const;
    expect(moved(plan(fleet, {}, { sources }), plan(fleet, { work }, { sources }))).toEqual([binding(1)]);
  });

  it("is stale when something it touches cannot be read any more, or the name was taken by another repository", () => {
    const unread = change(rolling, "app-worker-1", { status: "unreadable" });
    expect(moved(plan(rolling), plan(unread))).toContain(worker(1));
    const failed = plan([], { failures: [{ instance: "", text: "no answer" }] });
    expect(moved(plan(rolling), failed)).toContain("");
    const theirs = workerOf(9, golden, { marks: { owner: OTHER_OWNER } });
    expect(moved(plan(rolling), plan([...rolling, theirs]))).toEqual([""]);
  });

  it("is judged by action where one object is both deleted and made anew under its name", () => {
    const unfinished = new Map([["app-worker-1", worker(1)]]);
    const given = { unfinished, spec: specOf() };
    const residue = plan([tools, golden, bare("app-worker-1")], {}, given);
    expect(residue.changes.map(({ action, instance }) => `${action} ${instance}`)).toContain("delete app-worker-1");
    expect(staleness(residue, residue)).toEqual([]);
    const cut = plan([tools, golden, copyOf(golden, "app-worker-1")], {}, given);
    expect(staleness(residue, cut).map(({ planned }) => planned)).toEqual(["app-worker-1 as it was"]);
    const [gone] = staleness(residue, plan([tools, golden], {}, given));
    expect(gone).toMatchObject({
      planned: "delete app-worker-1 (left by a clone that was cut off)",
      found: "create app-worker-1 (not there)",
    });
  });

  it("is refused with each mismatch named", () => {
    const error = stalePlanError(staleness(plan([tools, golden]), plan([tools])));
    expect(error).toMatchObject({ code: "STALE_PLAN", exitCode: EXIT.failed });
    expect(error.message).toContain(`${worker(1)}: planned app-worker-1 as it was`);
    expect(error.hint).toContain("limaform plan");
    expect(error.details).toMatchObject({ mismatches: [{ address: worker(1) }, { address: worker(2) }] });
  });

  it("is within what was approved when part of it was done, not when it does anything else or loses more", () => {
    const approved = plan([tools, golden]);
    const left = plan([tools, golden, workerOf(1, golden)]);
    expect([isWithin(approved, approved), isWithin(left, approved), isWithin(approved, left)]).toEqual([
      true,
      true,
      false,
    ]);
    const code = plan([tools, golden], {}, { sources: sourcesOf({ head: "4".repeat(40) }) });
    expect(isWithin(code, approved)).toBe(false);
    const given = { options: { ...NO_OPTIONS, discardWork: [worker(1), worker(2)] } };
    const losing = (count: number) => {
      const items: readonly WorkItem[] = [{ kind: "uncommitted", count, bytes: count, examples: [] }];
      const none = { kind: "known", items: [] } as const;
      return plan(rolling, { work: { "app-worker-1": { kind: "known", items }, "app-worker-2": none } }, given);
    };
    expect([isWithin(losing(1), losing(2)), isWithin(losing(2), losing(1))]).toEqual([true, false]);
  });

  it("names an image that was built meanwhile", () => {
    expect(moved(plan([]), plan([tools, golden]))).toContain(GOLDEN);
  });
});
