import { describe, expect, it } from "vitest";
import type { HostFacts, InstanceFacts } from "../../../src/world/world.js";
import {
  fleetOf,
  GIB,
  HOST,
  heldWorkerOf,
  imagesOf,
  instanceOf,
  planOn,
  specOf,
  worker,
  workerOf,
  worldOf,
} from "../../support/builders.js";
import { oldGolden } from "../../support/fake-world-cases.js";

const { tools, golden } = imagesOf();
const TEXT = (text: string) => specOf(text);

function planned(text: string, instances: readonly InstanceFacts[] = [], host: Partial<HostFacts> = {}, intent = {}) {
  const work = Object.fromEntries(instances.map(({ name }) => [name, { kind: "known", items: [] } as const]));
  const world = worldOf(instances, { host: { ...HOST, ...host }, work });
  return planOn({ spec: TEXT(text), world, ...intent });
}

const needs = (...args: Parameters<typeof planned>) => planned(...args).needs;
const refusals = (...args: Parameters<typeof planned>) =>
  planned(...args)
    .errors.filter(({ code }) => code === "PLAN_OVER_LIMIT")
    .map(({ text }) => text);

describe("what a plan needs at its worst moment", () => {
  it("is all workers at once for a first apply: images are sealed before", () => {
    expect(needs("workers = 3")).toMatchObject({ running: 3, memoryBytes: 12 * GIB, cpus: 12, growthBytes: 90 * GIB });
    expect(needs("workers = 0")).toMatchObject({ running: 1, memoryBytes: 2 * GIB });
  });

  it("counts the build of an image beside all workers that run meanwhile", () => {
    const fleet = [tools, oldGolden, workerOf(1, oldGolden), workerOf(2, oldGolden)];
    expect(needs("workers = 2", fleet)).toMatchObject({ running: 3, memoryBytes: 10 * GIB, memoryBytesNow: 8 * GIB });
  });

  it("counts twins of a surge, and none where old ones go first", () => {
    const fleet = [tools, golden, oldGolden, workerOf(1, oldGolden), workerOf(2, oldGolden)];
    expect(needs("workers = 2\nrollout.surge = 1", fleet)).toMatchObject({ running: 3, memoryBytes: 12 * GIB });
    expect(needs("workers = 2", fleet)).toMatchObject({ running: 2, memoryBytes: 8 * GIB });
  });

  it("counts what runs already and stays, and a new size", () => {
    const fleet = [tools, golden, workerOf(1, golden), workerOf(2, golden)];
    expect(needs("workers = 2\nvm.memory = '6GiB'", fleet)).toMatchObject({ memoryBytes: 12 * GIB });
    expect(needs("workers = 3", fleet)).toMatchObject({ memoryBytes: 12 * GIB, memoryBytesNow: 8 * GIB });
  });

  it("is nothing where nothing is started", () => {
    expect(needs("workers = 1", fleetOf())).toMatchObject({ startsAny: false, diskBytes: 0 });
    expect(refusals("workers = 0", fleetOf(), { memoryBytes: GIB })).toEqual([]);
  });

  it("writes little for linked clones, more for whole copies, never more than the disk is large", () => {
    const one = [tools, golden];
    const linked = needs("workers = 2", one)?.diskBytes ?? 0;
    expect(linked).toBeLessThan(GIB);
    expect(needs("workers = 2", one, { cloneMethod: "full" })?.diskBytes).toBeGreaterThan(8 * linked);
    expect(needs("workers = 2\nvm.disk = '16MiB'")?.diskBytes).toBeLessThanOrEqual(64 * 1024 ** 2);
  });
});

describe("a plan over a limit", () => {
  it("is refused for memory, with what is needed, what there is, and which key decides", () => {
    const plan = planned("workers = 5", [instanceOf("mine", { status: "running" })], { memoryBytes: 16 * GIB });
    expect(plan.applicable).toBe(false);
    const [problem] = plan.errors;
    expect(problem).toMatchObject({ code: "PLAN_OVER_LIMIT", addresses: [] });
    expect(problem?.text).toBe(
      "at its worst moment this plan has 5 VMs running with 20 GiB of memory, and about 800 MiB more for the programs that run them; this host has 16 GiB, of which 1.6 GiB are kept for the host and 4 GiB belong to other VMs (mine)",
    );
    expect(problem?.hint).toContain("limits.memory");
  });

  it("leaves the host its part, and others what they have", () => {
    const host = { memoryBytes: 14 * GIB };
    expect(refusals("workers = 3", [], host)).toEqual([]);
    expect(refusals("workers = 3", [], { memoryBytes: 13 * GIB })).toHaveLength(1);
    expect(refusals("workers = 3", [instanceOf("mine", { status: "running" })], host)).toHaveLength(1);
    expect(refusals("workers = 3", [instanceOf("mine")], host)).toEqual([]);
  });

  it("is measured against limits.memory where that is set, also above what the host has", () => {
    expect(refusals("workers = 3\nlimits.memory = '8GiB'")).toEqual([
      expect.stringContaining("limits.memory allows 8 GiB"),
    ]);
    const brave = planned("workers = 3\nlimits.memory = '40GiB'", [], { memoryBytes: 8 * GIB });
    expect(brave.errors).toEqual([]);
    expect(brave.notes.join()).toContain("limits.memory is more than this host has (8 GiB)");
  });

  it("is not refused for what runs already: only what grows is", () => {
    const fleet = [tools, golden, oldGolden, workerOf(1, oldGolden), workerOf(2, oldGolden)];
    expect(refusals("workers = 2", fleet, { memoryBytes: 9 * GIB })).toEqual([]);
    expect(refusals("workers = 2\nrollout.surge = 1", fleet, { memoryBytes: 9 * GIB })).toHaveLength(1);
  });

  it("counts QEMU's own memory, more of it under emulation", () => {
    const host = { memoryBytes: 14 * GIB };
    expect(refusals("workers = 3", [], host)).toEqual([]);
    expect(refusals("workers = 3", [], { ...host, isEmulated: true })).toHaveLength(1);
  });

  it("is refused for a worker larger than the host; sharing CPUs is only said", () => {
    expect(refusals("vm.cpus = 16")).toEqual(["a worker with 16 CPUs does not fit on this host, which has 8"]);
    const shared = planned("workers = 3");
    expect(shared.errors).toEqual([]);
    expect(shared.notes.join()).toContain("3 VMs share the 8 CPUs of this host (12 in all)");
    expect(refusals("workers = 3\nlimits.cpus = 8")).toEqual([expect.stringContaining("limits.cpus allows 8")]);
  });

  it("is refused where what apply writes is not free; what may grow is said", () => {
    expect(refusals("workers = 1", [], { diskFreeBytes: GIB })).toEqual([expect.stringContaining("has 1 GiB free")]);
    const tight = planned("workers = 1", [], { diskFreeBytes: 10 * GIB });
    expect(tight.errors).toEqual([]);
    expect(tight.notes.join()).toContain("can grow to 30 GiB, and 10 GiB are free");
    expect(refusals("workers = 3\nlimits.disk = '60GiB'")).toEqual([
      expect.stringContaining("limits.disk allows 60 GiB"),
    ]);
  });

  it("is judged for a start of held workers too", () => {
    const held = [tools, golden, heldWorkerOf(1, golden)];
    const intent = { intent: { kind: "start" as const, addresses: [worker(1)] } };
    expect(refusals("workers = 1", held, { memoryBytes: 4 * GIB }, intent)).toHaveLength(1);
    expect(refusals("workers = 1", held, {}, intent)).toEqual([]);
  });

  it("leaves out of the plan what changes by the second", () => {
    expect(planned("workers = 1", [], { diskFreeBytes: 500 * GIB }).host).toEqual(HOST);
  });
});
