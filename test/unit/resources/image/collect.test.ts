import { describe, expect, it } from "vitest";
import type { InstanceFacts } from "../../../../src/resources/kind.js";
import {
  actionsOf,
  GOLDEN,
  heldWorkerOf,
  imageOf,
  imagesOf,
  NO_OPTIONS,
  planOn,
  sourcesOf,
  specOf,
  TOOLS,
  worker,
  workerOf,
  worldOf,
} from "../../../support/builders.js";
import { applyAll, copyOf, planFor, stateOf } from "../../../support/fake-world.js";

const { tools, golden } = imagesOf();
const older = (day: number) =>
  imageOf(GOLDEN, `${day}`.repeat(64), { image: tools.name, sealed: `2026-09-0${day}T00:00:00.000Z` });
const [one, two, three] = [older(1), older(2), older(3)];
const deleted = (instances: readonly InstanceFacts[], text: string, changes: Parameters<typeof planOn>[0] = {}) =>
  actionsOf(planOn({ spec: specOf(text), world: worldOf(instances), ...changes })).filter((action) =>
    action.startsWith("delete image."),
  );

describe("old images", () => {
  it("stay as far as image.keep says, the newest first", () => {
    const all = [tools, golden, one, two, three];
    expect(deleted(all, "workers = 0\nimage.keep = 1")).toEqual([
      `delete ${GOLDEN} ${one.name}`,
      `delete ${GOLDEN} ${two.name}`,
    ]);
    expect(deleted(all, "workers = 0\nimage.keep = 3")).toEqual([]);
  });

  it("go in spite of image.keep when they are no longer what was sealed", () => {
    const written = { ...three, diskChange: "its disk was written to since it was sealed" };
    expect(deleted([tools, golden, two, written], "workers = 0\nimage.keep = 1")).toEqual([
      `delete ${GOLDEN} ${three.name}`,
    ]);
    expect(deleted([tools, golden, { ...three, status: "running" }], "workers = 0\nimage.keep = 1")).toEqual([]);
  });

  it("stay while a worker descends from them, held ones too", () => {
    const held = heldWorkerOf(1, two);
    expect(deleted([tools, golden, one, two, held], "image.keep = 0")).toEqual([`delete ${GOLDEN} ${one.name}`]);
  });

  it("stay while a copy that somebody made descends from them", () => {
    expect(deleted([tools, golden, one, copyOf(one, "mine")], "workers = 0\nimage.keep = 0")).toEqual([]);
  });

  it("go only after the workers that descend from them, and after their successor is built", () => {
    const spec = specOf('workers = 2\nimage.keep = 0\nhooks.post_sync = "make"');
    const work = Object.fromEntries(
      [1, 2].map((slot) => [`app-worker-${slot}`, { kind: "known", items: [] } as const]),
    );
    const world = worldOf([tools, golden, workerOf(1, golden), workerOf(2, golden)], { work });
    const step = planOn({ spec, world }).steps.find(({ id }) => id === "delete:image.golden");
    expect(step?.instance).toBe(golden.name);
    expect(step?.after).toEqual([`delete:${worker(1)}`, `delete:${worker(2)}`, "seal:image.golden"]);
  });

  it("take their tools image with them when no image that stays was cloned from it", () => {
    const oldTools = imageOf(TOOLS, "9".repeat(64));
    const child = imageOf(GOLDEN, "8".repeat(64), { image: oldTools.name, sealed: "2026-09-01T00:00:00.000Z" });
    expect(deleted([tools, golden, oldTools, child], "workers = 0\nimage.keep = 1")).toEqual([]);
    expect(deleted([tools, golden, oldTools, child], "workers = 0\nimage.keep = 0")).toEqual([
      `delete ${GOLDEN} ${child.name}`,
      `delete ${TOOLS} ${oldTools.name}`,
    ]);
  });

  it("stay while something cannot be read, and the plan says so", () => {
    const torn = { kind: "unknown", text: "torn" } as const;
    const broken = { ...workerOf(2, one), status: "unreadable" as const, marks: torn };
    const made = planOn({
      spec: specOf("workers = 1\nimage.keep = 0"),
      world: worldOf([tools, golden, one, workerOf(1, golden), broken]),
      options: { ...NO_OPTIONS, targets: [worker(1)] },
    });
    expect(made.steps).toEqual([]);
    expect(made.notes.at(-1)).toBe(`${one.name} is kept: app-worker-2 cannot be read and might descend from it`);
  });

  it("stay while it is unknown which image is the wanted one", () => {
    const world = worldOf([tools, { ...golden, status: "unreadable" }, one, two]);
    const made = planOn({ spec: specOf("image.keep = 0"), world });
    expect(made.steps).toEqual([]);
    expect(made.errors.map(({ addresses }) => addresses)).toEqual([[GOLDEN]]);
  });

  it("stay while the wanted one cannot be built", () => {
    const spec = specOf('workers = 0\nimage.keep = 0\nvm.image = { location = "./a", arch = "aarch64" }');
    expect(planOn({ spec, world: worldOf([tools, golden, one]) }).steps).toEqual([]);
  });
});

describe("image prune", () => {
  const pruned = (instances: readonly InstanceFacts[], keep = 0, text = "workers = 3\nimage.keep = 3") =>
    planOn({ spec: specOf(text), world: worldOf(instances), intent: { kind: "prune", keep } });
  const all = [tools, golden, one, two, three];

  it("removes what nothing descends from, whatever image.keep says, and changes nothing else", () => {
    const plan = pruned([...all, workerOf(1, golden), workerOf(2, two), copyOf(three, "mine")]);
    expect(actionsOf(plan)).toEqual([`delete ${GOLDEN} ${one.name}`]);
    expect(plan.steps.map(({ verb }) => verb)).toEqual(["delete"]);
    expect(actionsOf(pruned(all, 2))).toEqual([`delete ${GOLDEN} ${one.name}`]);
    expect(actionsOf(pruned([tools, golden]))).toEqual([]);
  });

  it("keeps the newest golden image while the one that the spec wants is not built", () => {
    const plan = pruned([tools, one, two], 0, 'workers = 1\nhooks.post_sync = "make"');
    expect(actionsOf(plan)).toEqual([`delete ${GOLDEN} ${one.name}`]);
  });

  it("keeps all while something cannot be read, or no image is finished", () => {
    const torn = { kind: "unknown", text: "torn" } as const;
    const blind = pruned([...all, { ...workerOf(9, one), status: "unreadable", marks: torn }]);
    expect(blind.steps).toEqual([]);
    expect(actionsOf(pruned([tools]))).toEqual([]);
    expect(pruned([]).applicable).toBe(true);
  });

  it("refuses while it is unknown which image the spec wants", () => {
    const problem = { code: "PLAN_FILE_MISSING", text: "./a does not exist", hint: "mend it" };
    const sources = { ...sourcesOf({}), problems: [problem] };
    const plan = planOn({ spec: specOf(""), world: worldOf(all), sources, intent: { kind: "prune", keep: 0 } });
    expect(plan.applicable).toBe(false);
  });
});

describe("rolling back", () => {
  it("is reverting the spec: the image that was kept is used again, and nothing is built", () => {
    const before = specOf("workers = 1");
    const after = specOf('workers = 1\nhooks.post_sync = "make"');
    const first = applyAll(stateOf([]), planFor(stateOf([]), { spec: before }));
    const changed = applyAll(first, planFor(first, { spec: after }));
    const back = planFor(changed, { spec: before });
    expect(back.steps.map(({ verb, address }) => `${verb} ${address}`)).toEqual([
      `delete ${worker(1)}`,
      `create ${worker(1)}`,
      `start ${worker(1)}`,
      "push binding.default[1]",
    ]);
    expect(actionsOf(planFor(applyAll(changed, back), { spec: before }))).toEqual([]);
  });
});

describe("an image that somebody deleted", () => {
  const all = [tools, workerOf(1, golden), workerOf(2, golden)];
  const spec = specOf("workers = 2");

  it("costs no worker: it is built again, and the workers of its revision stay", () => {
    const made = planOn({ spec, world: worldOf(all) });
    expect(actionsOf(made)).toEqual([`create ${GOLDEN} ${golden.name}`]);
    const state = applyAll(stateOf(all), made);
    expect(actionsOf(planFor(state, { spec }))).toEqual([]);
  });

  it("costs none either when it is built again under another name", () => {
    const made = planOn({ spec, world: worldOf([...all, { ...tools, name: golden.name, marks: { kind: "none" } }]) });
    expect(actionsOf(made)).toEqual([`create ${GOLDEN} ${golden.name}-b2`]);
    expect(made.warnings).toEqual([
      `the name ${golden.name} belongs to an instance that limaform did not make; another name is used`,
    ]);
  });

  it("is not missed by workers when its inputs are other files of the repository", () => {
    const sources = sourcesOf({ head: "f".repeat(40) });
    const replaced = planOn({ spec, sources, world: worldOf(all) }).changes.filter(
      ({ action }) => action === "replace",
    );
    expect(replaced).toEqual([]);
  });
});
