import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/plan/document.js";
import type { WorkFinding, WorkItem } from "../../../src/world/world.js";
import { fleetOf, imagesOf, NO_OPTIONS, planOn, specOf, worker, workerOf, worldOf } from "../../support/builders.js";
import { oldGolden } from "../../support/fake-world-cases.js";

const EDITS: WorkItem = { kind: "uncommitted", count: 3, bytes: 12 * 1024, examples: [] };
const RUN: WorkItem = { kind: "live_run", count: 1, bytes: 0, examples: [] };
const known = (...items: readonly WorkItem[]): WorkFinding => ({ kind: "known", items });
const SILENT: WorkFinding = { kind: "unknown", text: "no answer within 10 s" };
const { tools, golden } = imagesOf();

type Changes = Parameters<typeof planOn>[0];
const fleet = (finding: WorkFinding) => worldOf(fleetOf(), { work: { "app-worker-1": finding } });
const removing = (finding: WorkFinding, changes: Changes = {}) =>
  planOn({ world: fleet(finding), spec: specOf("workers = 0"), ...changes });
const resizing = (finding: WorkFinding) => planOn({ world: fleet(finding), spec: specOf('vm.memory = "8GiB"') });
const stopping = (finding: WorkFinding) =>
  planOn({ world: fleet(finding), intent: { kind: "stop", addresses: [worker(1)] } });
const codesOf = (plan: Plan) => plan.errors.map(({ code }) => code);

describe("work at risk", () => {
  it("makes a plan that would delete or replace the worker not applicable, and says what", () => {
    const plan = removing(known(EDITS, RUN));
    expect(plan.applicable).toBe(false);
    expect(plan.errors).toMatchObject([
      {
        code: "PLAN_WORK_AT_RISK",
        text: `${worker(1)}: delete would lose 3 uncommitted files (12 KiB), 1 live run on app-worker-1`,
        addresses: [worker(1)],
      },
    ]);
    expect(plan.changes.flatMap(({ atRisk }) => atRisk).map(({ kind, saved }) => [kind, saved])).toEqual([
      ["uncommitted", false],
      ["live_run", false],
    ]);
    const replacing = planOn({
      world: worldOf([tools, golden, workerOf(1, oldGolden)], { work: { "app-worker-1": known(EDITS) } }),
    });
    expect(codesOf(replacing)).toEqual(["PLAN_WORK_AT_RISK"]);
  });

  it("is nothing where the guest has none", () => {
    expect(codesOf(removing(known()))).toEqual([]);
  });

  it("is unknown work where the guest does not answer, and the way out is named", () => {
    const [error] = removing(SILENT).errors;
    expect(error?.text).toContain("unknown work (no answer within 10 s)");
    expect(error?.hint).toBe(
      `start it so that it can be asked: limaform start app-worker-1; or give its work up: --discard-work '${worker(1)}'`,
    );
  });

  it("is unknown work where the guest was not asked", () => {
    const plan = planOn({ world: worldOf(fleetOf()), spec: specOf("workers = 0") });
    expect(plan.errors[0]?.text).toContain("unknown work (its guest was not asked)");
  });

  it("is only what runs where the disk stays: files survive a stop and a change of size", () => {
    for (const plan of [resizing(known(EDITS)), stopping(known(EDITS))]) expect(codesOf(plan)).toEqual([]);
    for (const plan of [resizing(known(EDITS, RUN)), stopping(known(RUN)), stopping(SILENT), resizing(SILENT)])
      expect(codesOf(plan)).toEqual(["PLAN_WORK_AT_RISK"]);
    expect(resizing(known(EDITS, RUN)).errors[0]?.text).toContain("would lose 1 live run on");
  });

  it("is nothing in a worker that never became ready, nor at the stop of a stopped one", () => {
    const never = workerOf(1, golden, { facts: { readyAt: null, status: "stopped" } });
    expect(codesOf(planOn({ world: worldOf([tools, golden, never]), spec: specOf("workers = 0") }))).toEqual([]);
    const stopped = workerOf(1, golden, { facts: { status: "stopped" } });
    const stop = { kind: "stop", addresses: [worker(1)] } as const;
    expect(codesOf(planOn({ world: worldOf([tools, golden, stopped]), intent: stop }))).toEqual([]);
  });

  it("is given up by address with --discard-work, and still shown", () => {
    const given = { ...NO_OPTIONS, discardWork: [worker(1)] };
    const plan = removing(known(EDITS), { options: given });
    expect(plan.applicable).toBe(true);
    expect(plan.changes.flatMap(({ atRisk }) => atRisk)).toHaveLength(1);
    const other = { ...NO_OPTIONS, discardWork: [worker(2)] };
    const both = planOn({
      spec: specOf("workers = 0"),
      world: worldOf(fleetOf(specOf("workers = 2")), {
        work: { "app-worker-1": known(EDITS), "app-worker-2": known(EDITS) },
      }),
      options: other,
    });
    expect(both.errors.map(({ addresses }) => addresses)).toEqual([[worker(1)]]);
  });

  describe("that can be saved", () => {
    const SAVABLE: WorkItem = { ...EDITS, savable: true };
    const COMMITS: WorkItem = { kind: "commits", count: 1, bytes: 0, examples: [], savable: true };
    const idsOf = (plan: Plan) => plan.steps.map(({ id }) => id);
    const stepOf = (plan: Plan, id: string) => plan.steps.find((step) => step.id === id);

    it("is saved by a step before the one that ends it, and the plan says so", () => {
      const plan = removing(known(SAVABLE, COMMITS));
      expect(plan.applicable).toBe(true);
      expect(idsOf(plan)).toContain(`save:${worker(1)}`);
      expect(stepOf(plan, `delete:${worker(1)}`)?.after).toContain(`save:${worker(1)}`);
      expect(plan.changes.flatMap(({ atRisk }) => atRisk.map(({ saved }) => saved))).toEqual([true, true]);
    });

    it("is saved in the leg of a replacement that ends the old worker, so that the limits hold", () => {
      const old = [workerOf(1, oldGolden), workerOf(2, oldGolden)];
      const work = { "app-worker-1": known(SAVABLE), "app-worker-2": known(SAVABLE) };
      const plan = planOn({ world: worldOf([tools, golden, ...old], { work }), spec: specOf("workers = 2") });
      expect(plan.applicable).toBe(true);
      expect(stepOf(plan, `save:${worker(2)}`)?.after).toContain(`start:${worker(1)}`);
      expect(stepOf(plan, `delete:${worker(2)}`)?.after).toContain(`save:${worker(2)}`);
      expect(stepOf(plan, `create:${worker(1)}`)?.after).toContain(`delete:${worker(1)}`);
      expect(stepOf(plan, `create:${worker(1)}`)?.after).not.toContain(`save:${worker(1)}`);
    });

    it("is saved by stop, whose files stay on the disk; a change of size saves nothing", () => {
      expect(idsOf(stopping(known(SAVABLE)))).toEqual([`save:${worker(1)}`, `stop:${worker(1)}`]);
      expect(stopping(known(SAVABLE, { ...EDITS, kind: "ignored" })).applicable).toBe(true);
      expect(idsOf(resizing(known(SAVABLE)))).not.toContain(`save:${worker(1)}`);
    });

    it("does not make what else is there safe", () => {
      const plan = removing(known(SAVABLE, RUN));
      expect(plan.errors[0]?.text).toBe(`${worker(1)}: delete would lose 1 live run on app-worker-1`);
    });

    it("is not saved twice, nor when it was given up by name", () => {
      const done = removing(known({ ...EDITS, saved: true }));
      expect([done.applicable, idsOf(done).includes(`save:${worker(1)}`)]).toEqual([true, false]);
      const given = { ...NO_OPTIONS, discardWork: [worker(1)] };
      const lost = removing(known(SAVABLE), { options: given });
      expect(idsOf(lost)).not.toContain(`save:${worker(1)}`);
      expect(stepOf(lost, `delete:${worker(1)}`)?.inputs.work).toBeNull();
    });

    it("is saved before a repair cuts the guest off; silence is no reason against the repair, a live run is", () => {
      const half = workerOf(1, golden, { facts: { status: "broken" } });
      const repairing = (finding: WorkFinding) =>
        planOn({ world: worldOf([tools, golden, half], { work: { "app-worker-1": finding } }) });
      expect(idsOf(repairing(known(SAVABLE))).slice(0, 2)).toEqual([`save:${worker(1)}`, `start:${worker(1)}`]);
      expect(codesOf(repairing(SILENT))).toEqual([]);
      expect(codesOf(repairing(known(RUN)))).toEqual(["PLAN_WORK_AT_RISK"]);
    });

    it("of a stopped worker is refused with the way to save it", () => {
      const [error] = removing({ kind: "known", items: [EDITS], foundAt: "2026-10-05T00:00:00.000Z" }).errors;
      expect(error?.hint).toContain("so that its work can be saved: limaform start app-worker-1");
    });
  });
});
