import { describe, expect, it } from "vitest";
import type { PlanInput } from "../../../src/plan/input.js";
import type { Address, InstanceFacts, Intent } from "../../../src/resources/kind.js";
import { NOBODY } from "../../../src/world/marks.js";
import {
  actionsOf,
  GOLDEN,
  imagesOf,
  instanceOf,
  OTHER_OWNER,
  OWNER,
  planOn,
  specOf,
  worker,
  workerOf,
  worldOf,
} from "../../support/builders.js";
import { copyOf } from "../../support/fake-world.js";

const { tools, golden } = imagesOf();
const theirs = { marks: { owner: OTHER_OWNER } };
const spec = specOf("workers = 2");

const planFor = (intent: Intent, instances: readonly InstanceFacts[], more: Partial<PlanInput> = {}) =>
  planOn({ intent, spec, world: worldOf([...instances]), ...more });
const adopt = (address: Address, instance: string): Intent => ({ kind: "adopt", address, instance });
const stopped = (slot: number, marks: object = {}) => workerOf(slot, golden, { facts: { status: "stopped" }, marks });
const stepsOf = (plan: ReturnType<typeof planOn>) =>
  plan.steps.map(({ verb, instance, inputs }) => ({ verb, instance, inputs }));

describe("another owner's fleet", () => {
  const fleet = [tools, golden, stopped(1, { owner: OTHER_OWNER })];
  const lastApplied = { owner: OTHER_OWNER, ownerPath: "/old/shop/.git" };
  const all: Intent = { kind: "adopt-all" };

  it("stops everything but taking it over, with the other path where the record has it, and the ways out", () => {
    const intents: Intent[] = [
      { kind: "apply" },
      { kind: "destroy", keepImages: false, workersOnly: false },
      { kind: "stop", addresses: [worker(1)] },
      { kind: "start", addresses: [worker(1)] },
      { kind: "forget", addresses: [GOLDEN] },
    ];
    for (const intent of intents) {
      const [problem] = planFor(intent, fleet, { lastApplied }).errors;
      expect([intent.kind, problem?.code]).toEqual([intent.kind, "PLAN_PROJECT_TAKEN"]);
      expect(problem?.text).toContain("at /old/shop/.git (owner");
      expect(problem?.hint).toContain("LIMAFORM_OWNER=/old/shop;");
    }
    const gone = planFor({ kind: "apply" }, fleet, { lastApplied: { ...lastApplied, isThere: false } }).errors[0];
    expect(gone?.text).toContain("at /old/shop/.git, which is gone (owner");
    expect(gone?.hint).toContain("LIMAFORM_OWNER=PATH");
    expect(planFor(all, fleet).errors).toEqual([]);
  });

  it("is taken over whole: only marks change, nothing that is ours or a copy is touched", () => {
    const copy = copyOf(stopped(1, { owner: OTHER_OWNER }), "mine");
    const plan = planFor(all, [...fleet, copy]);
    expect(actionsOf(plan)).toEqual([`update ${worker(1)} app-worker-1`]);
    expect(stepsOf(plan)).toEqual([
      {
        verb: "adopt",
        instance: "app-worker-1",
        inputs: {
          from: { project: "app", owner: OTHER_OWNER, address: worker(1), name: "app-worker-1", slot: 1 },
          to: { project: "app", owner: OWNER, address: worker(1), name: "app-worker-1", slot: 1 },
          readyAt: null,
          protect: false,
        },
      },
    ]);
  });

  it("is refused while any of it runs, all of those named, with the commands that stop them", () => {
    const running = [1, 2].map((slot) => workerOf(slot, golden, theirs));
    const plan = planFor(all, [tools, golden, ...running]);
    expect(plan.errors).toMatchObject([{ code: "PLAN_NOT_STOPPED", addresses: [worker(1), worker(2)] }]);
    expect(plan.errors[0]?.hint).toContain("limactl stop app-worker-1 && limactl stop app-worker-2");
  });

  it("is not what stands between a project and its name when only somebody's copy of it is left", () => {
    const copy = copyOf(stopped(1, { owner: OTHER_OWNER }), "mine");
    const plan = planFor({ kind: "apply" }, [tools, golden, copy]);
    expect(plan.errors).toEqual([]);
    expect(plan.warnings.join()).toContain("mine is a copy of app-worker-1");
  });
});

describe("adopting one instance", () => {
  it("gives a copy its own name, address and time, and the time is that of its image's seal", () => {
    const copy = copyOf(stopped(2), "mine");
    const plan = planFor(adopt(worker(2), "mine"), [tools, golden, stopped(1), copy]);
    expect(plan.errors).toEqual([]);
    expect(stepsOf(plan)[0]?.inputs).toMatchObject({
      to: { name: "mine", address: worker(2), slot: 2, owner: OWNER },
      readyAt: "2026-10-01T00:00:00.000Z",
    });
    const orphan = planFor(adopt(worker(2), "mine"), [tools, stopped(1), copy]);
    expect(stepsOf(orphan)[0]?.inputs.readyAt).toBe("1970-01-01T00:00:00.000Z");
  });

  it("takes what was forgotten, of any project, and nothing that another project has", () => {
    const forgotten = stopped(2, { owner: NOBODY, project: "other" });
    const held = stopped(2, { owner: OTHER_OWNER, project: "other" });
    const planOf = (object: InstanceFacts) => planFor(adopt(worker(2), object.name), [tools, golden, object]);
    expect(planOf(forgotten).errors).toEqual([]);
    expect(planOf(held).errors).toMatchObject([{ code: "PLAN_ADOPT_REFUSED" }]);
    expect(planOf(held).errors[0]?.hint).toContain("--project other");
  });

  it("does nothing about what is at that address already", () => {
    const plan = planFor(adopt(worker(1), "app-worker-1"), [tools, golden, workerOf(1, golden)]);
    expect([plan.errors, actionsOf(plan)]).toEqual([[], []]);
  });

  it("needs it stopped", () => {
    const copy = copyOf(workerOf(2, golden), "mine");
    const plan = planFor(adopt(worker(2), "mine"), [tools, golden, { ...copy, status: "running" }]);
    expect(plan.errors).toMatchObject([{ code: "PLAN_NOT_STOPPED" }]);
  });

  it("stays refused while more of the project is another repository's", () => {
    const others = [stopped(1, { owner: OTHER_OWNER }), stopped(2, { owner: OTHER_OWNER })];
    const plan = planFor(adopt(worker(1), "app-worker-1"), [tools, golden, ...others]);
    expect(plan.errors.map(({ code }) => code)).toEqual(["PLAN_PROJECT_TAKEN"]);
    expect(plan.errors[0]?.text).not.toContain("app-worker-1,");
  });
});

describe("forgetting", () => {
  const forget = (...addresses: readonly Address[]): Intent => ({ kind: "forget", addresses });

  it("lets go of an instance without a step that could end anything", () => {
    const plan = planFor(forget(worker(1)), [tools, golden, stopped(1)]);
    expect(plan.errors).toEqual([]);
    expect(stepsOf(plan)).toEqual([
      { verb: "forget", instance: "app-worker-1", inputs: { project: "app", owner: OWNER } },
    ]);
  });

  it("needs it stopped, and says how", () => {
    const plan = planFor(forget(worker(1)), [tools, golden, workerOf(1, golden)]);
    expect(plan.errors).toMatchObject([{ code: "PLAN_NOT_STOPPED" }]);
    expect(plan.errors[0]?.hint).toContain("limaform stop 1");
  });

  it("knows that a binding has no instance", () => {
    const plan = planFor({ kind: "forget", addresses: ["binding.default[1]" as Address] }, [tools, golden, stopped(1)]);
    expect(plan.errors).toMatchObject([
      { code: "PLAN_TARGET_UNKNOWN", text: expect.stringContaining("no instance of its own") },
    ]);
  });

  it("knows no address where nothing is", () => {
    const plan = planFor(forget(worker(7)), [tools, golden]);
    expect(plan.errors).toMatchObject([{ code: "PLAN_TARGET_UNKNOWN", addresses: [worker(7)] }]);
    const [wanted] = planFor(forget(worker(2)), [tools, golden]).errors;
    expect(wanted?.text).toContain("it has not been made");
    expect(wanted?.hint).not.toContain("did you mean");
  });

  it("of an image rolls no worker, whose image is then only gone", () => {
    const forgotten = { ...golden, marks: withOwner(golden, NOBODY) };
    const plan = planFor({ kind: "apply" }, [tools, forgotten, workerOf(1, golden), workerOf(2, golden)]);
    expect(actionsOf(plan).filter((text) => /^(replace|delete)/.test(text))).toEqual([]);
    expect(actionsOf(plan)).toContain(`create ${GOLDEN} ${golden.name}-b2`);
  });

  it("keeps the images that the forgotten one was cloned from", () => {
    const old = imagesOf(specOf('[hooks]\npost_sync = "make"\n')).golden;
    const forgotten = workerOf(3, old, { facts: { status: "stopped" }, marks: { owner: NOBODY } });
    const kept = specOf("workers = 0\n[image]\nkeep = 0\n");
    const names = (instances: readonly InstanceFacts[]) =>
      actionsOf(planOn({ spec: kept, world: worldOf([...instances]) }));
    expect(names([tools, golden, old])).toEqual([`delete ${GOLDEN} ${old.name}`]);
    expect(names([tools, golden, old, forgotten])).toEqual([]);
  });
});

describe("what the user protected", () => {
  it("is not deleted or replaced; all of it is named, and the whole plan stays", () => {
    const fleet = [1, 2].map((slot) => ({ ...workerOf(slot, golden), isProtected: true }));
    const world = worldOf([tools, golden, ...fleet]);
    const options = { targets: [], replaces: [worker(1)], discardWork: [worker(1), worker(2)] };
    const plan = planOn({ spec, world, options });
    expect(plan.errors).toMatchObject([{ code: "PLAN_PROTECTED", addresses: [worker(1)] }]);
    const all = planOn({ world, options, intent: { kind: "destroy", keepImages: false, workersOnly: false } });
    expect(all.errors.find(({ code }) => code === "PLAN_PROTECTED")?.addresses).toEqual([worker(1), worker(2)]);
    expect(all.summary.delete).toBe(4);
  });

  it("is not the images' own protection", () => {
    const world = worldOf([
      { ...tools, isProtected: true },
      { ...golden, isProtected: true },
    ]);
    expect(planOn({ world, intent: { kind: "destroy", keepImages: false, workersOnly: false } }).errors).toEqual([]);
  });
});

describe("marks of a newer format", () => {
  const newer = instanceOf("any-name", {
    marks: { kind: "unknown", text: "newer", newer: { project: "app", address: worker(2) } },
  });

  it("stop their address under whatever name, and the way out is an update", () => {
    const plan = planFor({ kind: "apply" }, [tools, golden, workerOf(1, golden), newer]);
    expect(plan.errors).toMatchObject([{ code: "PLAN_UNKNOWN", addresses: [worker(2)] }]);
    expect(plan.errors[0]?.hint).toContain("update limaform");
  });
});

describe("garbled marks", () => {
  const garbled = (name: string) =>
    instanceOf("any-name", {
      marks: { kind: "unknown", text: "no YAML", claim: { project: "app", address: worker(2), name } },
    });

  it.each(["any-name", ""])("stop the address that they name, whatever the instance is called: %j", (name) => {
    const plan = planFor({ kind: "apply" }, [tools, golden, workerOf(1, golden), garbled(name)]);
    expect(plan.errors).toMatchObject([{ code: "PLAN_UNKNOWN", addresses: [worker(2)] }]);
    expect(plan.errors[0]?.hint).not.toContain("update limaform");
  });

  it("in a file that is no YAML are mended: nobody is told to delete the instance for that", () => {
    const unread = { ...garbled("any-name"), status: "unreadable" as const };
    const [problem] = planFor({ kind: "apply" }, [tools, golden, workerOf(1, golden), unread]).errors;
    expect(problem?.hint).toContain("mend what is named there");
    expect(problem?.hint).not.toContain("delete");
  });

  it("of a copy that somebody made stop nothing", () => {
    const plan = planFor({ kind: "apply" }, [tools, golden, workerOf(1, golden), garbled("app-worker-2")]);
    expect(plan.errors).toEqual([]);
  });
});

function withOwner(object: InstanceFacts, owner: string): InstanceFacts["marks"] {
  if (object.marks.kind !== "marks") throw new Error("no marks");
  return { kind: "marks", marks: { ...object.marks.marks, owner } };
}
