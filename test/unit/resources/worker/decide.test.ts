import { describe, expect, it } from "vitest";
import type { Plan } from "../../../../src/plan/document.js";
import type { InstanceFacts } from "../../../../src/resources/kind.js";
import type { WorkFinding } from "../../../../src/world/world.js";
import {
  actionsOf,
  GIB,
  heldWorkerOf,
  imagesOf,
  NO_OPTIONS,
  NOW,
  planOn,
  specOf,
  worker,
  workerOf,
  worldOf,
} from "../../../support/builders.js";
import { oldGolden, SLOT_STATES, type SlotState, slotObject } from "../../../support/fake-world-cases.js";

const { tools, golden } = imagesOf();
const IDLE: WorkFinding = { kind: "known", items: [] };

/** The plan for these workers, all of which hold no work. */
function plan(workers: readonly InstanceFacts[], changes: Parameters<typeof planOn>[0] = {}): Plan {
  const work = Object.fromEntries(workers.map(({ name }) => [name, IDLE]));
  return planOn({ world: worldOf([tools, golden, oldGolden, ...workers], { work }), ...changes });
}

const of = (made: Plan, slot = 1) => made.changes.filter(({ address }) => address === worker(slot));
const idsOf = (made: Plan) =>
  made.steps.map(({ id }) => id.replace("worker.default", "w").replace("binding.default", "b"));
const codesOf = (made: Plan) => made.errors.map(({ code }) => code);

describe("what becomes of a slot", () => {
  /** The whole table: what stands at a wanted slot, and what is done about it. */
  const TABLE: Readonly<Record<SlotState, string>> = {
    absent: "create",
    bare: "none, unknown",
    copy: "create",
    "ready new": "none",
    "ready old": "replace",
    "starting new": "start",
    "starting old": "replace",
    "created new": "start",
    "created old": "replace",
    "stopped new": "start",
    "stopped old": "replace",
    "held new": "none",
    "held old": "none",
    "broken new": "start",
    "broken old": "replace",
  };

  it("is decided for everything that can stand there", () => {
    expect(Object.keys(TABLE).sort()).toEqual([...SLOT_STATES].sort());
  });

  it.each(SLOT_STATES.map((state) => ({ state })))("is decided by the table: $state", ({ state }) => {
    const object = slotObject(1, state, golden);
    const made = plan(object === null ? [] : [object]);
    const actions = of(made).map(({ action }) => action);
    expect(actions.length === 0 ? "none, unknown" : actions.join(" ")).toBe(TABLE[state]);
    if (TABLE[state] === "none, unknown") expect(codesOf(made)).toEqual(["PLAN_UNKNOWN"]);
  });

  it("is a new name where the wanted one belongs to a copy that somebody made", () => {
    const copy = { ...golden, name: "app-worker-1" };
    expect(actionsOf(plan([copy]))[0]).toBe(`create ${worker(1)} app-worker-1-g2`);
  });
});

describe("a new worker", () => {
  it("is cloned with its marks and size in one step, booted, and gets the code", () => {
    const made = plan([]);
    expect(idsOf(made)).toEqual(["create:w[1]", "start:w[1]", "push:b[1]"]);
    expect(made.steps[0]?.inputs).toMatchObject({
      source: golden.name,
      size: { cpus: 4, memoryBytes: 4 * GIB, diskBytes: 30 * GIB },
      marks: { address: worker(1), name: "app-worker-1", slot: 1, image: golden.name, hold: "", sealed: "" },
    });
    expect(made.steps[0]?.inputs.marks).toHaveProperty("applied", made.steps[0]?.inputs.size);
  });

  it("waits for its image where that is built in the same plan", () => {
    const made = planOn();
    expect(made.steps.find(({ id }) => id === `create:${worker(1)}`)?.after).toEqual(["seal:image.golden"]);
  });

  it("waits for the leftovers that have its name", () => {
    const made = plan([slotObject(1, "bare", golden) as InstanceFacts], {
      unfinished: new Map([["app-worker-1", worker(1)]]),
    });
    expect(idsOf(made).slice(0, 2)).toEqual(["delete:w[1]", "create:w[1]"]);
    expect(made.steps[1]?.after).toEqual([`delete:${worker(1)}`]);
    expect(made.steps[0]?.inputs).toMatchObject({ isResidue: true });
  });

  it("cannot have a smaller disk than its image", () => {
    const made = plan([], { spec: specOf('vm.disk = "20GiB"') });
    expect(made.errors).toMatchObject([{ code: "PLAN_DISK_SHRINK", addresses: [worker(1)] }]);
  });

  it("can, where the image is built anew as well", () => {
    const replaces = [tools, golden].map(({ marks }) => (marks.kind === "marks" ? marks.marks.address : ""));
    const options = { ...NO_OPTIONS, replaces: replaces as never };
    expect(plan([], { spec: specOf('vm.disk = "20GiB"'), options }).errors).toEqual([]);
    const goldenOnly = { ...NO_OPTIONS, replaces: replaces.slice(1) as never };
    expect(codesOf(plan([], { spec: specOf('vm.disk = "20GiB"'), options: goldenOnly }))).toEqual(["PLAN_DISK_SHRINK"]);
  });

  it("is refused while its image is not closed, said once for all of them", () => {
    const open = { key: "mounts", found: "[~]", expected: "none", file: null };
    const made = planOn({
      spec: specOf("workers = 3"),
      world: worldOf([tools, { ...golden, openConfig: [open] }]),
    });
    expect(made.errors).toMatchObject([
      { code: "LIMA_CONFIG_NOT_CLOSED", addresses: [worker(1), worker(2), worker(3)] },
    ]);
  });
});

describe("replacing", () => {
  it("takes the old one away first and gives its name to the new one", () => {
    const made = plan([workerOf(1, oldGolden)]);
    expect(idsOf(made)).toEqual(["delete:w[1]", "create:w[1]", "start:w[1]", "push:b[1]"]);
    expect(of(made)).toMatchObject([{ instance: "app-worker-1", reasons: [{ code: "image_revision_changed" }] }]);
  });

  it("makes the new one first where a surge is allowed, and it keeps its other name", () => {
    const made = plan([workerOf(1, oldGolden)], { spec: specOf("rollout.surge = 1\nrollout.unavailable = 0") });
    expect(idsOf(made)).toEqual(["create:w[1]", "start:w[1]", "delete:w[1]", "push:b[1]"]);
    expect(of(made)[0]?.instance).toBe("app-worker-1-g2");
  });

  it("is not disturbed by a smaller disk: the new worker is another one", () => {
    const large = workerOf(1, oldGolden, { facts: { diskBytes: 40 * GIB } });
    expect(plan([large]).errors).toEqual([]);
  });

  it("happens on request, to the named slot alone, also to a held worker", () => {
    const options = { ...NO_OPTIONS, replaces: [worker(2)], discardWork: [worker(2)] };
    const made = plan([workerOf(1, golden), heldWorkerOf(2, golden)], { spec: specOf("workers = 2"), options });
    expect(actionsOf(made)).toEqual([`replace ${worker(2)} app-worker-2`, "push binding.default[2] app-worker-2"]);
    expect(of(made, 2)[0]?.reasons).toMatchObject([{ code: "replace_requested" }]);
  });
});

describe("a worker of another size", () => {
  const bigger = { spec: specOf('vm.memory = "8GiB"') };

  it("is stopped, changed and started in place", () => {
    const made = plan([workerOf(1, golden)], bigger);
    expect(idsOf(made)).toEqual(["update:w[1]", "start:w[1]"]);
    expect(of(made)).toMatchObject([{ action: "update", reasons: [{ text: "memory 4 GiB → 8 GiB" }] }]);
    expect(made.steps[0]?.inputs).toMatchObject({ stopFirst: true, size: { memoryBytes: 8 * GIB } });
  });

  it("stays stopped where it is held", () => {
    const made = plan([heldWorkerOf(1, golden)], bigger);
    expect(idsOf(made)).toEqual(["update:w[1]"]);
    expect(made.steps[0]?.inputs).toMatchObject({ stopFirst: false });
  });

  it("is started where it was stopped and nobody holds it", () => {
    const made = plan([workerOf(1, golden, { facts: { status: "stopped" } })], bigger);
    expect(idsOf(made)).toEqual(["update:w[1]", "start:w[1]"]);
  });

  it("only grows its disk", () => {
    expect(idsOf(plan([workerOf(1, golden)], { spec: specOf('vm.disk = "40GiB"') }))).toEqual([
      "update:w[1]",
      "start:w[1]",
    ]);
    const shrunk = plan([workerOf(1, golden, { facts: { diskBytes: 40 * GIB } })]);
    expect(shrunk.errors).toMatchObject([{ code: "PLAN_DISK_SHRINK", addresses: [worker(1)] }]);
    expect(shrunk.applicable).toBe(false);
  });
});

describe("a held worker", () => {
  it("is never started by apply", () => {
    const made = plan([heldWorkerOf(1, golden)]);
    expect(made.steps).toEqual([]);
  });

  it("is only marked stale when its image is old, whatever its size", () => {
    const made = plan([heldWorkerOf(1, oldGolden)], { spec: specOf('vm.memory = "8GiB"') });
    expect(made.steps).toEqual([]);
    expect(of(made)).toMatchObject([{ action: "none", reasons: [{ code: "held_stale" }] }]);
  });

  it("stays held where its host processes are half dead", () => {
    const half = { ...heldWorkerOf(1, golden), status: "broken" as const };
    expect(plan([half]).steps).toEqual([]);
  });

  it("is deleted as surplus like any other", () => {
    const made = plan([heldWorkerOf(1, golden)], { spec: specOf("workers = 0") });
    expect(idsOf(made)).toEqual(["delete:w[1]"]);
  });
});

describe("surplus", () => {
  it("is exactly the slots above the wanted number", () => {
    const fleet = [1, 2, 3, 4].map((slot) => workerOf(slot, golden));
    const made = plan(fleet, { spec: specOf("workers = 2") });
    expect(actionsOf(made)).toEqual([`delete ${worker(3)} app-worker-3`, `delete ${worker(4)} app-worker-4`]);
  });

  it("is not another slot because that one is broken, old or held", () => {
    const fleet = [
      workerOf(1, oldGolden, { facts: { status: "broken" } }),
      heldWorkerOf(2, oldGolden),
      workerOf(3, golden),
    ];
    const made = plan(fleet, { spec: specOf("workers = 2") });
    expect(made.changes.filter(({ action }) => action === "delete").map(({ address }) => address)).toEqual([worker(3)]);
  });
});

describe("two workers in one slot, left by a surge that was cut off", () => {
  const spec = specOf("rollout.surge = 1\nrollout.unavailable = 0");
  const twin = (facts: Partial<InstanceFacts>) =>
    workerOf(1, golden, { marks: { name: "app-worker-1-g2" }, facts: { name: "app-worker-1-g2", ...facts } });

  it("become one: the new one is readied, and only then the old one goes", () => {
    const made = plan([workerOf(1, oldGolden), twin({ status: "stopped", readyAt: null, lastPush: null })], { spec });
    expect(idsOf(made)).toEqual(["start:w[1]", "delete:w[1]", "push:b[1]"]);
    expect(made.steps[1]).toMatchObject({ instance: "app-worker-1", after: [`start:${worker(1)}`] });
  });

  it("become one at once where the new one is ready", () => {
    const made = plan([workerOf(1, oldGolden), twin({})], { spec });
    expect(made.steps).toMatchObject([{ verb: "delete", instance: "app-worker-1", after: [] }]);
  });

  it("keep the one that serves when both are of the same image", () => {
    const made = plan([twin({}), workerOf(1, golden, { facts: { status: "broken" } })], { spec });
    expect(made.steps).toMatchObject([{ verb: "delete", instance: "app-worker-1" }]);
  });
});

describe("stop and start", () => {
  const intent = (kind: "stop" | "start") => ({ kind, addresses: [worker(1)] }) as const;

  it("stop marks the hold with the time of the plan", () => {
    const made = plan([workerOf(1, golden)], { intent: intent("stop") });
    expect(made.steps).toMatchObject([{ id: `stop:${worker(1)}`, inputs: { hold: NOW, force: false } }]);
  });

  it("stop holds also what is stopped already, and ends what is half dead", () => {
    const stopped = workerOf(1, golden, { facts: { status: "stopped" } });
    const half = workerOf(1, golden, { facts: { status: "broken" } });
    expect(plan([stopped], { intent: intent("stop") }).steps).toMatchObject([{ verb: "stop" }]);
    expect(plan([half], { intent: intent("stop") }).steps).toMatchObject([{ inputs: { force: true } }]);
    expect(plan([heldWorkerOf(1, golden)], { intent: intent("stop") }).steps).toEqual([]);
  });

  it("start ends the hold, also of a worker with an old image", () => {
    const made = plan([heldWorkerOf(1, oldGolden)], { intent: intent("start") });
    expect(made.steps).toMatchObject([{ id: `start:${worker(1)}`, inputs: { release: true, repair: false } }]);
  });

  it("start mends what is half dead and does nothing for what is ready", () => {
    const half = workerOf(1, golden, { facts: { status: "broken" } });
    expect(plan([half], { intent: intent("start") }).steps).toMatchObject([{ inputs: { repair: true } }]);
    expect(plan([workerOf(1, golden)], { intent: intent("start") }).steps).toEqual([]);
  });

  it("touch only what was named, and plan no other change", () => {
    const fleet = [workerOf(1, oldGolden), workerOf(2, oldGolden)];
    const made = plan(fleet, { spec: specOf("workers = 5"), intent: intent("stop") });
    expect(actionsOf(made)).toEqual([`stop ${worker(1)} app-worker-1`]);
  });

  it("refuse a slot where nothing is, though the spec wants it", () => {
    expect(codesOf(plan([], { intent: intent("stop") }))).toEqual(["PLAN_TARGET_UNKNOWN"]);
  });

  it("start refuses an open configuration before anything runs", () => {
    const open = [{ key: "mounts", found: "[~]", expected: "none", file: null }];
    const stopped = workerOf(1, golden, { facts: { status: "stopped", openConfig: open } });
    expect(codesOf(plan([stopped], { intent: intent("start") }))).toEqual(["LIMA_CONFIG_NOT_CLOSED"]);
    expect(codesOf(plan([stopped]))).toEqual(["LIMA_CONFIG_NOT_CLOSED"]);
  });
});

describe("a worker that a restart cannot mend", () => {
  const lost = { code: "disk_lost", text: "its disk is gone" } as const;
  const inVain = { code: "repair_failed", text: "it did not come back" } as const;
  const damaged = (facts: Partial<InstanceFacts>) => workerOf(1, golden, { facts });
  const reasonsOf = (made: Plan) => made.changes.flatMap(({ reasons }) => reasons.map(({ code }) => code));

  it.each([
    ["lost its disk and is stopped", { status: "stopped", damage: lost }],
    ["lost its disk while it runs", { damage: lost }],
    ["was repaired in vain and is half dead", { status: "broken", damage: inVain }],
    ["was repaired in vain and is stopped", { status: "stopped", damage: inVain }],
  ] as const)("is replaced once, never repaired again: it %s", (_, facts) => {
    const made = plan([damaged(facts)]);
    expect(actionsOf(made)).toContain(`replace ${worker(1)} app-worker-1`);
    expect(reasonsOf(made)).toContain(facts.damage.code);
    const rolls = plan([damaged(facts), workerOf(2, golden)], { spec: specOf("workers = 2") });
    expect(actionsOf(rolls).filter((action) => action.includes("worker-2"))).toEqual([]);
  });

  it("is left alone where it runs after all, or is held", () => {
    expect(actionsOf(plan([damaged({ damage: inVain })]))).toEqual([]);
    expect(actionsOf(plan([{ ...heldWorkerOf(1, golden), damage: lost }]))).toEqual([]);
  });

  it("keeps its work at risk, but for a disk that is gone with nothing running on it", () => {
    const silent = (facts: Partial<InstanceFacts>) =>
      codesOf(planOn({ world: worldOf([tools, golden, damaged(facts)]) }));
    expect(silent({ status: "broken", damage: inVain })).toEqual(["PLAN_WORK_AT_RISK"]);
    expect(silent({ damage: lost })).toEqual(["PLAN_WORK_AT_RISK"]);
    expect(silent({ status: "stopped", damage: lost })).toEqual([]);
  });

  it("is not started on request without a disk", () => {
    const start = { kind: "start", addresses: [worker(1)] } as const;
    const made = plan([{ ...heldWorkerOf(1, golden), damage: lost }], { intent: start });
    expect(made.errors).toMatchObject([{ code: "LIMA_DISK_LOST", addresses: [worker(1)] }]);
    expect(made.errors[0]?.hint).toContain(`limaform apply --replace '${worker(1)}'`);
    expect(codesOf(plan([damaged({ status: "stopped", damage: inVain })], { intent: start }))).toEqual([]);
  });
});

describe("a worker whose configuration is open", () => {
  const CODE = "LIMA_CONFIG_NOT_CLOSED";
  const merged = [{ key: "env", found: "{}", expected: "none", file: "/home/me/.lima/_config/override.yaml" }];
  const opened = (facts: Partial<InstanceFacts> = {}, slot = 1) =>
    workerOf(slot, golden, { facts: { openConfig: merged, ...facts } });

  it("is a problem while it runs, named once for all of them with the file and the way out", () => {
    const made = plan([opened(), opened({}, 2)], { spec: specOf("workers = 2") });
    expect(made.errors).toMatchObject([{ code: CODE, addresses: [worker(1), worker(2)] }]);
    expect(made.errors[0]?.text).toContain("env is {}, not none (/home/me/.lima/_config/override.yaml)");
    expect(made.errors[0]?.hint).toContain("take env out of /home/me/.lima/_config/override.yaml");
    expect(made.steps).toEqual([]);
  });

  it("can be made anew where only its own file is open", () => {
    const own = opened({ openConfig: [{ key: "env", found: "{}", expected: "none", file: null }] });
    const [error] = plan([own]).errors;
    expect(error).toMatchObject({ code: CODE });
    expect(error?.hint).toContain(`limaform apply --replace '${worker(1)}'`);
    expect(codesOf(plan([own], { options: { ...NO_OPTIONS, replaces: [worker(1)] } }))).toEqual([]);
  });

  it("is no problem where it is held, stopped on request, surplus or destroyed", () => {
    expect(codesOf(plan([{ ...heldWorkerOf(1, golden), openConfig: merged }]))).toEqual([]);
    expect(codesOf(plan([opened()], { intent: { kind: "stop", addresses: [worker(1)] } }))).toEqual([]);
    expect(codesOf(plan([opened()], { spec: specOf("workers = 0") }))).toEqual([]);
    const destroy = { kind: "destroy", keepImages: false, workersOnly: true } as const;
    expect(codesOf(plan([opened()], { intent: destroy }))).toEqual([]);
  });

  it("is not resized in place, held or not: Lima's own defaults would win over the edit, at every apply again", () => {
    const sized = [{ key: "cpus", found: "7", expected: "4", file: "/home/me/.lima/_config/override.yaml" }];
    expect(codesOf(plan([opened({ openConfig: sized, cpus: 7 })]))).toEqual([CODE]);
    expect(codesOf(plan([{ ...heldWorkerOf(1, golden), openConfig: sized, cpus: 7 }]))).toEqual([CODE]);
  });
});
