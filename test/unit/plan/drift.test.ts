import { describe, expect, it } from "vitest";
import { LimaformError } from "../../../src/errors/errors.js";
import { type DriftInput, findDrift } from "../../../src/plan/drift.js";
import { type AppliedRecord, RECORD_FORMAT, RECORD_VERSION } from "../../../src/record/record.js";
import type { InstanceFacts } from "../../../src/resources/kind.js";
import {
  binding,
  fleetOf,
  GIB,
  GOLDEN,
  heldWorkerOf,
  imagesOf,
  instanceOf,
  NO_OPTIONS,
  NOW,
  OTHER_OWNER,
  OWNER,
  PROJECT,
  RULES,
  specOf,
  worker,
  workerOf,
  worldOf,
} from "../../support/builders.js";
import { applyAll, copyOf, instancesOf, planFor, stateOf } from "../../support/fake-world.js";
import { oldGolden } from "../../support/fake-world-cases.js";

const { tools, golden } = imagesOf();
const spec = specOf("workers = 2");
const fleet = fleetOf(spec);

function recordOf(instances: readonly InstanceFacts[], workers = 2): AppliedRecord {
  const addresses = instances.flatMap((facts) => {
    if (facts.marks.kind !== "marks") return [];
    const { address, revision, slot } = facts.marks.marks;
    const entry = { instance: facts.name, revision };
    return slot === 0 ? [[address, entry] as const] : [[address, entry] as const, [binding(slot), entry] as const];
  });
  return {
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    engine: "0.1.0",
    project: PROJECT,
    owner: OWNER,
    ownerPath: "/repo/.git",
    specDigest: "",
    workers,
    addresses: Object.fromEntries(addresses),
    lastDurations: {},
    appliedPlans: [],
    at: NOW,
  };
}

const drift = (instances: readonly InstanceFacts[], changes: Partial<DriftInput> = {}) =>
  findDrift({
    rules: RULES,
    project: PROJECT,
    owner: OWNER,
    world: worldOf(instances),
    record: recordOf(fleet),
    spec,
    ...changes,
  });

/** `kind address instance` of each item. */
const itemsOf = (...args: Parameters<typeof drift>) =>
  drift(...args).items.map(({ kind, address, instance }) => `${kind} ${address} ${instance}`);
const without = (...names: readonly string[]) => fleet.filter(({ name }) => !names.includes(name));

describe("drift", () => {
  it("is none while the fleet is as the last apply left it", () => {
    const nothing = { drifted: false, complete: true, items: [], error: null };
    expect(drift(fleet)).toEqual({ format: "limaform.drift", version: 1, ...nothing });
  });

  it("is a worker that is gone, once and not for its binding too", () => {
    const found = drift(without("app-worker-2"));
    expect(found).toMatchObject({ drifted: true, complete: true });
    expect(found.items).toEqual([
      {
        address: worker(2),
        instance: "app-worker-2",
        kind: "missing",
        text: "app-worker-2 is not there any more",
      },
    ]);
  });

  it("is a golden image that is gone, though an older one is there", () => {
    expect(itemsOf([...without(golden.name), oldGolden])).toEqual([`missing ${GOLDEN} ${golden.name}`]);
  });

  it("is no tools image that is gone: apply would not build it either", () => {
    expect(itemsOf(without(tools.name))).toEqual([]);
  });

  it("is no worker that the last apply did not get to make", () => {
    const record = recordOf(without("app-worker-2"), 2);
    expect(itemsOf(without("app-worker-2"), { record })).toEqual([]);
  });

  it("knows missing slots from the spec where the record is lost", () => {
    expect(itemsOf(without("app-worker-2"), { record: null })).toEqual([`missing ${worker(2)} `]);
    expect(itemsOf(fleet, { record: null })).toEqual([]);
  });

  it("is no change of the spec: the record says what was wanted", () => {
    expect(itemsOf(fleet, { spec: specOf('workers = 5\nvm.memory = "9GiB"\nvm.user = "dev"') })).toEqual([]);
    expect(itemsOf(fleet, { spec: specOf("workers = 1") })).toEqual([]);
  });

  it("is a slot above what was wanted, and a second worker in a slot", () => {
    const twin = workerOf(1, golden, { marks: { name: "app-worker-1-g2" }, facts: { name: "app-worker-1-g2" } });
    expect(itemsOf([...fleet, workerOf(3, golden), twin])).toEqual([
      `extra ${worker(1)} app-worker-1-g2`,
      `extra ${worker(3)} app-worker-3`,
    ]);
    const record = recordOf([tools, golden, twin, workerOf(2, golden)]);
    expect(itemsOf([...fleet, twin], { record })).toEqual([`extra ${worker(1)} app-worker-1`]);
  });

  it("is no older image that is kept", () => {
    expect(itemsOf([...fleet, oldGolden])).toEqual([]);
  });

  it("is a worker that was stopped, changed, opened or is broken", () => {
    const openConfig = [{ key: "mounts", found: "[~]", expected: "none", file: null }];
    const facts: readonly Partial<InstanceFacts>[] = [
      { status: "stopped" },
      { memoryBytes: 8 * GIB },
      { openConfig },
      { status: "broken" },
    ];
    const found = facts.map((changes) =>
      itemsOf([tools, golden, workerOf(1, golden, { facts: changes }), workerOf(2, golden)]),
    );
    expect(found).toEqual(
      ["stopped", "changed", "open_config", "broken"].map((kind) => [`${kind} ${worker(1)} app-worker-1`]),
    );
  });

  it("is no hold, also one with an old image", () => {
    expect(itemsOf([tools, golden, oldGolden, heldWorkerOf(1, oldGolden), workerOf(2, golden)])).toEqual([]);
  });

  it("is an image that was started after its seal", () => {
    expect(itemsOf([tools, { ...golden, status: "running" }, ...fleet.slice(2)])).toEqual([
      `image_modified ${GOLDEN} ${golden.name}`,
    ]);
  });

  it("is an image whose disk was written to or whose protection was taken away, also with workers on it", () => {
    const written = { ...golden, diskChange: "its disk was written to since it was sealed", isProtected: false };
    const found = drift([tools, written, ...fleet.slice(2)]).items;
    expect(found).toEqual([
      {
        ...{ address: GOLDEN, instance: golden.name, kind: "image_modified" },
        text: `it is not what was sealed: its disk was written to since it was sealed; it is no longer protected against deletion`,
      },
    ]);
    expect(itemsOf([tools, { ...golden, isProtected: false }, ...fleet.slice(2)])).toHaveLength(1);
  });

  it("is a copy of ours that limaform did not make, listed last", () => {
    const copy = copyOf(golden, "aaa");
    expect(itemsOf([...without("app-worker-1"), copy])).toEqual([
      `missing ${worker(1)} app-worker-1`,
      "foreign_copy  aaa",
    ]);
  });

  it("is no clone of ours that was cut off, where the journal tells", () => {
    const cut = copyOf(golden, "app-worker-2");
    const unfinished = new Map([["app-worker-2", worker(2)]]);
    expect(itemsOf([...without("app-worker-2"), cut], { record: recordOf(fleet.slice(0, 3)), unfinished })).toEqual([]);
  });

  it("is nothing of other people's instances", () => {
    const theirs = workerOf(1, golden, { marks: { owner: OTHER_OWNER, name: "theirs" }, facts: { name: "theirs" } });
    expect(itemsOf([...fleet, instanceOf("somebody", { status: "broken" }), theirs])).toEqual([]);
  });

  it("is incomplete where something that might be ours cannot be read, with what was found all the same", () => {
    const torn = instanceOf("app-worker-1", { status: "unreadable", marks: { kind: "unknown", text: "torn" } });
    const found = drift([tools, golden, torn]);
    expect(found.complete).toBe(false);
    expect(found.items.map(({ kind, address }) => [kind, address])).toEqual([["missing", worker(2)]]);
    expect(found.error).toMatchObject({
      code: "DRIFT_INCOMPLETE",
      message: expect.stringContaining("app-worker-1 cannot be read (torn)"),
      details: { unknown: [{ address: worker(1), instance: "app-worker-1" }] },
    });
  });

  it("finds nothing missing in a listing that failed", () => {
    const world = worldOf([], { failures: [{ instance: "", text: "limactl did not answer" }] });
    const found = drift([], { world });
    expect(found).toMatchObject({ complete: false, drifted: false, items: [] });
    expect(found.error?.message).toContain("limactl did not answer");
  });

  it("needs a record or something of ours to compare with", () => {
    const error = (() => {
      try {
        return drift([instanceOf("somebody")], { record: null });
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(LimaformError);
    expect(error).toMatchObject({ code: "DRIFT_NO_BASELINE", exitCode: 1 });
    expect(itemsOf([], { record: recordOf([], 0) })).toEqual([]);
  });

  it("is sorted by address with slots as numbers, whatever the order of the listing", () => {
    const instances = [10, 3].map((slot) => workerOf(slot, golden));
    expect(itemsOf([...fleet, ...instances])).toEqual([
      `extra ${worker(3)} app-worker-3`,
      `extra ${worker(10)} app-worker-10`,
    ]);
  });

  it.each([
    { what: "a worker is gone", left: without("app-worker-1") },
    { what: "the golden image is gone", left: without(golden.name) },
    {
      what: "a worker is stopped",
      left: [...without("app-worker-1"), workerOf(1, golden, { facts: { status: "stopped" } })],
    },
    { what: "a worker is smaller", left: [...without("app-worker-1"), workerOf(1, golden, { facts: { cpus: 1 } })] },
    { what: "there is one too many", left: [...fleet, workerOf(3, golden)] },
    {
      what: "the golden image was written to",
      left: [tools, { ...golden, diskChange: "its disk was written to" }, ...fleet.slice(2)],
    },
    { what: "the golden image runs", left: [tools, { ...golden, status: "running" as const }, ...fleet.slice(2)] },
  ])("is mended by an apply where $what", ({ left }) => {
    expect(drift(left).drifted).toBe(true);
    const discardWork = (left.length > fleet.length ? [1, 2, 3] : [1, 2]).map(worker);
    const plan = planFor(stateOf(left), {
      spec: specOf("workers = 2\nimage.keep = 0"),
      options: { ...NO_OPTIONS, discardWork },
    });
    const after = instancesOf(applyAll(stateOf(left), plan));
    expect(drift(after, { record: recordOf(after) }).items).toEqual([]);
  });
});
