import { describe, expect, it } from "vitest";
import { groupInstances } from "../../../src/plan/group.js";
import type { Address, InstanceFacts } from "../../../src/resources/kind.js";
import { type Marks, NOBODY } from "../../../src/world/marks.js";
import type { ObservationFailure } from "../../../src/world/world.js";
import {
  GOLDEN,
  imagesOf,
  instanceOf,
  marked,
  marksOfImage,
  OTHER_OWNER,
  OWNER,
  PROJECT,
  RULES,
  TOOLS,
  worker,
  workerOf,
  worldOf,
} from "../../support/builders.js";
import { bare, copyOf } from "../../support/fake-world.js";

const { tools, golden } = imagesOf();

interface Given {
  readonly instances: readonly InstanceFacts[];
  readonly unfinished?: ReadonlyMap<string, Address>;
  readonly failures?: readonly ObservationFailure[];
}

/** `group` or `group address` by instance name. */
function groups({ instances, unfinished = new Map(), failures = [] }: Given): Readonly<Record<string, string>> {
  const world = worldOf(instances, { failures });
  const found = groupInstances({ rules: RULES, project: PROJECT, owner: OWNER, world, unfinished });
  const addressed = (["objects", "residues", "unknown"] as const).flatMap((kind) =>
    [...found[kind]].flatMap(([address, list]) => list.map(({ name }) => [name, `${kind} ${address}`] as const)),
  );
  const plain = (["foreignCopies", "taken", "forgotten", "others"] as const).flatMap((kind) =>
    found[kind].map(({ name }) => [name, kind] as const),
  );
  return Object.fromEntries([...addressed, ...plain]);
}

const only = (instance: InstanceFacts, rest: Partial<Given> = {}) =>
  groups({ instances: [instance], ...rest })[instance.name];
const begun = (name: string, address: Address) => ({ unfinished: new Map([[name, address]]) });
const torn = { kind: "unknown", text: "torn" } as const;

describe("what an instance is to the project", () => {
  it("is ours by its marks, never by its name", () => {
    expect(only(workerOf(2, golden))).toBe(`objects ${worker(2)}`);
    expect(only(golden)).toBe(`objects ${GOLDEN}`);
    expect(only(instanceOf("app-worker-2"))).toBe("others");
    expect(only(marked(marksOfImage(GOLDEN, "a".repeat(64), { name: "any-name" })))).toBe(`objects ${GOLDEN}`);
  });

  it("is another's when project or owner differ", () => {
    expect(only(workerOf(1, golden, { marks: { project: "other" } }))).toBe("others");
    expect(only(workerOf(1, golden, { marks: { owner: OTHER_OWNER } }))).toBe("taken");
  });

  it("is nobody's when role and address do not fit, or the address is of no kind", () => {
    const odd = (marks: Partial<Marks>) => only(workerOf(1, golden, { marks }));
    expect(odd({ address: GOLDEN })).toBe("others");
    expect(odd({ role: "image" })).toBe("others");
    expect(odd({ address: "worker.default" })).toBe("others");
    expect(odd({ address: "disk.default[1]" })).toBe("others");
  });

  it("is a foreign copy under another name than its marks have", () => {
    expect(only(copyOf(golden, "mine"))).toBe("foreignCopies");
    expect(only(copyOf(workerOf(1, golden), "app-worker-2"))).toBe("foreignCopies");
  });

  it("is nobody's once it was forgotten", () => {
    expect(only(workerOf(1, golden, { marks: { owner: NOBODY } }))).toBe("forgotten");
    expect(only(copyOf(workerOf(1, golden, { marks: { owner: OTHER_OWNER } }), "mine"))).toBe("foreignCopies");
  });

  it("is the rest of our cut-off clone also where its image was adopted since", () => {
    const before = copyOf(marked({ ...marksOfImage(GOLDEN, "a".repeat(64)), owner: OTHER_OWNER }), "app-worker-1");
    const adopted = marked(marksOfImage(GOLDEN, "a".repeat(64)));
    const line = begun("app-worker-1", worker(1));
    expect(groups({ instances: [adopted, before], ...line })["app-worker-1"]).toBe(`residues ${worker(1)}`);
  });

  it("is the rest of our cut-off clone only with the journal's line and the marks of its source", () => {
    const copy = copyOf(golden, "app-worker-1");
    const line = begun("app-worker-1", worker(1));
    const changed = marked({ ...marksOfImage(GOLDEN, "b".repeat(64)), name: golden.name });
    expect(groups({ instances: [golden, copy], ...line })["app-worker-1"]).toBe(`residues ${worker(1)}`);
    expect(groups({ instances: [golden, copy] })["app-worker-1"]).toBe("foreignCopies");
    expect(groups({ instances: [copy], ...line })["app-worker-1"]).toBe("foreignCopies");
    expect(groups({ instances: [changed, copy], ...line })["app-worker-1"]).toBe("foreignCopies");
    expect(groups({ instances: [golden, copy], ...begun("other", worker(1)) })["app-worker-1"]).toBe("foreignCopies");
  });

  it("is never a cut-off clone when it is a copy of a worker: we only clone images", () => {
    const first = workerOf(1, golden);
    const copy = copyOf(first, "app-worker-2");
    const line = begun("app-worker-2", worker(2));
    expect(groups({ instances: [first, copy], ...line })["app-worker-2"]).toBe("foreignCopies");
  });

  it("is the rest of our own without lima.yaml only with the journal's line", () => {
    expect(only(bare("app-worker-1"), begun("app-worker-1", worker(1)))).toBe(`residues ${worker(1)}`);
    expect(only(bare("app-worker-1"))).toBe(`unknown ${worker(1)}`);
    expect(only(bare(golden.name))).toBe(`unknown ${GOLDEN}`);
    expect(only(bare(tools.name))).toBe(`unknown ${TOOLS}`);
    expect(only(bare("somebody"))).toBe("others");
  });

  it("is unknown when it cannot be read and is ours, or might be by its name", () => {
    expect(only({ ...workerOf(1, golden), status: "unreadable" })).toBe(`unknown ${worker(1)}`);
    expect(only(instanceOf("app-worker-7-g2", { marks: torn }))).toBe(`unknown ${worker(7)}`);
    expect(only(instanceOf("app-worker-x", { marks: torn }))).toBe("others");
    expect(only(instanceOf("other-worker-1", { marks: torn }))).toBe("others");
  });

  it("is unknown too where only the failure is known", () => {
    const failures = [
      { instance: "app-worker-3", text: "timed out" },
      { instance: "somebody", text: "timed out" },
    ];
    expect(groups({ instances: [], failures })).toEqual({ "app-worker-3": `unknown ${worker(3)}` });
  });

  it("is named once where it is listed and failed", () => {
    const broken = instanceOf("app-worker-1", { marks: torn, status: "unreadable" });
    const failures = [{ instance: "app-worker-1", text: "timed out" }];
    const found = groupInstances({
      rules: RULES,
      project: PROJECT,
      owner: OWNER,
      world: worldOf([broken], { failures }),
      unfinished: new Map(),
    });
    expect(found.unknown.get(worker(1))).toMatchObject([{ name: "app-worker-1", why: ["torn"], isNewer: false }]);
  });
});
