import { describe, expect, it } from "vitest";
import type { DriverPorts } from "../../../src/resources/driver-ports.js";
import type { DriverStep, InstanceFacts } from "../../../src/resources/kind.js";
import { removeInstance } from "../../../src/resources/remove-instance.js";
import { adoptInstance, forgetInstance } from "../../../src/resources/rewrite-marks.js";
import { type Marks, NOBODY } from "../../../src/world/marks.js";
import { imagesOf, OTHER_OWNER, planOn, specOf, worker, workerOf, worldOf } from "../../support/builders.js";
import { copyOf } from "../../support/fake-world.js";

const { tools, golden } = imagesOf();
const stopped = { facts: { status: "stopped" } } as const;

/** Ports over one instance: edits change its marks, calls are written down in their order. */
function portsOn(start: InstanceFacts) {
  let facts = start;
  const calls: string[] = [];
  const ports = {
    reader: { inspect: async () => facts },
    writer: {
      edit: async (_name: string, { marks }: { marks: Partial<Marks> }) => {
        calls.push(`edit ${Object.keys(marks).sort().join(",")}`);
        if (facts.marks.kind === "marks")
          facts = { ...facts, marks: { kind: "marks", marks: { ...facts.marks.marks, ...marks } } };
      },
      setProtected: async (_name: string, on: boolean) => void calls.push(on ? "protect" : "unprotect"),
      delete: async () => void calls.push("delete"),
    },
    files: { writeReady: async (_name: string, at: string) => void calls.push(`ready ${at}`) },
    disks: { removeUnusedBases: async () => [] },
  } as unknown as DriverPorts;
  return { ports, calls, now: () => facts };
}

const context = { signal: new AbortController().signal, report: () => {}, log: () => {} };
const stepOn = (verb: string, changes: Parameters<typeof planOn>[0]): DriverStep => {
  const step = planOn({ spec: specOf("workers = 2"), ...changes }).steps.find((one) => one.verb === verb);
  if (step === undefined) throw new Error(`no step ${verb}`);
  return step;
};

const theirs = workerOf(1, golden, { ...stopped, marks: { owner: OTHER_OWNER } });
const adopting = stepOn("adopt", { intent: { kind: "adopt-all" }, world: worldOf([tools, golden, theirs]) });
const ours = workerOf(1, golden, stopped);
const forgetting = stepOn("forget", {
  intent: { kind: "forget", addresses: [worker(1)] },
  world: worldOf([tools, golden, ours]),
});

describe("the step that adopts", () => {
  it("writes marks only, and done again does nothing", async () => {
    const { ports, calls, now } = portsOn(theirs);
    await adoptInstance(ports, adopting, context);
    expect(calls).toEqual(["edit address,name,owner,project,slot"]);
    expect(now().marks).toEqual(ours.marks);
    await adoptInstance(ports, adopting, context);
    expect(calls).toHaveLength(1);
  });

  it("notes when a copy was made before it counts as ours", async () => {
    const copy = copyOf(workerOf(2, golden, stopped), "mine");
    const intent = { kind: "adopt", address: worker(2), instance: "mine" } as const;
    const { ports, calls } = portsOn(copy);
    await adoptInstance(ports, stepOn("adopt", { intent, world: worldOf([tools, golden, copy]) }), context);
    expect(calls).toEqual(["ready 2026-10-01T00:00:00.000Z", "edit address,name,owner,project,slot"]);
  });

  it("touches nothing that is not as planned, or runs by now, or is gone", async () => {
    const changed = workerOf(1, golden, { ...stopped, marks: { owner: "aaaaaaaaaaaa" } });
    const running = workerOf(1, golden, { marks: { owner: OTHER_OWNER } });
    for (const [facts, code] of [
      [changed, "LIMA_NOT_OURS"],
      [running, "LIMA_WRONG_STATUS"],
      [null, "LIMA_NOT_FOUND_INSTANCE"],
    ] as const) {
      const { ports, calls } = portsOn(facts as InstanceFacts);
      await expect(adoptInstance(ports, adopting, context)).rejects.toMatchObject({ code });
      expect(calls).toEqual([]);
    }
  });
});

describe("the step that forgets", () => {
  it("takes the owner off, and done again does nothing", async () => {
    const { ports, calls, now } = portsOn(ours);
    await forgetInstance(ports, forgetting, context);
    await forgetInstance(ports, forgetting, context);
    expect(calls).toEqual(["edit owner"]);
    expect(now().marks).toMatchObject({ marks: { owner: NOBODY, name: "app-worker-1" } });
  });

  it("refuses another's and a running one", async () => {
    for (const facts of [theirs, workerOf(1, golden)]) {
      const { ports, calls } = portsOn(facts);
      await expect(forgetInstance(ports, forgetting, context)).rejects.toMatchObject({
        code: expect.stringMatching(/^LIMA_(NOT_OURS|WRONG)/),
      });
      expect(calls).toEqual([]);
    }
  });
});

describe("the step that deletes", () => {
  it("takes away the protection of sealing, never the user's", async () => {
    const intent = { kind: "destroy", keepImages: false, workersOnly: false } as const;
    const world = worldOf([tools, golden, ours]);
    for (const [object, expected] of [
      [golden, ["unprotect", "delete"]],
      [ours, ["delete"]],
    ] as const) {
      const step = planOn({ intent, world }).steps.find(
        ({ verb, instance }) => verb === "delete" && instance === object.name,
      );
      if (step === undefined) throw new Error("no step");
      const { ports, calls } = portsOn({ ...object, isProtected: true });
      await removeInstance(ports, step, context);
      expect(calls).toEqual(expected);
    }
  });
});
