import { describe, expect, it } from "vitest";
import { cloneOrigin } from "../../../../src/resources/image/origin.js";
import type { InstanceFacts } from "../../../../src/resources/kind.js";
import type { BuildNote, DoneStep } from "../../../../src/world/build.js";
import {
  actionsOf,
  desiredOf,
  GIB,
  GOLDEN,
  HEAD,
  imagesOf,
  marked,
  marksOfImage,
  NO_OPTIONS,
  planOn,
  revisionOf,
  sourcesOf,
  specOf,
  TOOLS,
  worldOf,
} from "../../../support/builders.js";

const spec = specOf('workers = 0\nhooks.post_sync = "make"\nhooks.post_provision = "setup"');
const { tools } = imagesOf(spec);
const stepsAt = (address: typeof TOOLS) =>
  desiredOf(spec).get(address)?.attributes.steps as unknown as BuildNote["done"];

function done(address: typeof TOOLS, name: string, changes: Partial<DoneStep> = {}): DoneStep {
  const key = stepsAt(address).find((step) => step.name === name)?.key ?? "";
  return {
    ...{ name, key, title: name, startedAt: "", elapsedMs: 1, version: name === "push" ? HEAD : null, source: null },
    ...{ downloadedBytes: 0, indexBytes: 0, cachedBytes: 0, growthBytes: null, log: null, ...changes },
  };
}

const noted = (changes: Partial<BuildNote> = {}): BuildNote => ({
  ...{ origin: cloneOrigin(tools) ?? "", startedAt: "", begun: null, done: [], resumed: [], usedBytes: null },
  ...changes,
});

/** A golden image whose build was cut off, of another revision than the wanted one. */
function cut(build: BuildNote | null, changes: Partial<InstanceFacts> = {}): InstanceFacts {
  const marks = marksOfImage(GOLDEN, "ab".repeat(32), { sealed: "", image: tools.name });
  return marked(marks, { status: "running", ...(build === null ? {} : { build }), ...changes });
}

const plan = (object: InstanceFacts, changes: Parameters<typeof planOn>[0] = {}) =>
  planOn({ spec, world: worldOf([tools, object]), ...changes });
const reasonOf = (made: ReturnType<typeof planOn>) => made.changes.map(({ reasons }) => reasons[0]?.text).at(-1);
const idsOf = (made: ReturnType<typeof planOn>) => made.steps.map(({ id }) => id);
const isAnew = (made: ReturnType<typeof planOn>) => idsOf(made).includes("create:image.golden");
const begun = (name: string) => ({ name, key: "of another script", startedAt: "" });

describe("a build that did not reach its seal", () => {
  it("goes on with the step that was begun, from its beginning, whatever its script is now", () => {
    const made = plan(cut(noted({ done: [done(GOLDEN, "push")], begun: begun("post_sync") })));
    expect(actionsOf(made)).toEqual([`create ${GOLDEN} app-golden-abababab`]);
    expect(reasonOf(made)).toBe("resume at step 2 of 2 (post_sync): 1 is done");
    expect(idsOf(made)).toEqual(["start:image.golden", "post_sync:image.golden", "seal:image.golden"]);
    expect(made.steps[0]?.inputs).toMatchObject({ resume: "post_sync", diskBytes: null });
  });

  it("gets its revision with the seal, and keeps its name, which proves nothing", () => {
    const made = plan(cut(noted({ done: [done(GOLDEN, "push"), done(GOLDEN, "post_sync")] })));
    expect(reasonOf(made)).toBe("resume at its seal: 1–2 are done");
    expect(idsOf(made)).toEqual(["start:image.golden", "seal:image.golden"]);
    expect(made.steps.at(-1)?.inputs).toMatchObject({ revision: revisionOf(GOLDEN, spec) });
    expect(made.steps.at(-1)?.instance).toBe("app-golden-abababab");
  });

  it("brings code in again that moved, as long as something is built upon it", () => {
    const old = done(GOLDEN, "push", { version: "0".repeat(40) });
    expect(idsOf(plan(cut(noted({ done: [old], begun: begun("post_sync") }))))).toContain("push:image.golden");
    const whole = plan(cut(noted({ done: [old, done(GOLDEN, "post_sync")] })));
    expect(idsOf(whole)).not.toContain("push:image.golden");
  });

  it.each([
    ["how far it came is not noted", null],
    ["it was made of another base", noted({ origin: "another" })],
    ["its step push is not wanted as it was done", noted({ done: [done(GOLDEN, "push", { key: "other" })] })],
    ["its step old is not wanted as it was done", noted({ done: [done(GOLDEN, "old")] })],
    ["its step old was begun, and push comes next now", noted({ begun: begun("old") })],
    [
      "its step seal was begun, and post_sync comes next now",
      noted({ done: [done(GOLDEN, "push")], begun: begun("seal") }),
    ],
  ])("is deleted and built anew, because %s", (why, build) => {
    const made = plan(cut(build));
    expect(isAnew(made)).toBe(true);
    expect(made.changes.find(({ action }) => action === "delete")?.reasons[0]?.text).toContain(why);
  });

  it("is deleted where its disk is lost, or a clean rebuild was asked for, or nobody wants it any more", () => {
    const whole = noted({ done: [done(GOLDEN, "push")] });
    const damage = { code: "disk_lost", text: "its disk is gone" } as const;
    expect(isAnew(plan(cut(whole, { damage })))).toBe(true);
    expect(isAnew(plan(cut(whole), { options: { ...NO_OPTIONS, replaces: [GOLDEN] } }))).toBe(true);
    const { golden } = imagesOf(spec);
    const made = planOn({ spec, world: worldOf([tools, golden, cut(whole)]) });
    expect(actionsOf(made)).toEqual([`delete ${GOLDEN} app-golden-abababab`]);
  });

  it("is not gone on with beside a tools image that is itself still to be built", () => {
    const made = planOn({ spec, world: worldOf([cut(noted({ done: [done(GOLDEN, "push")] }))]) });
    expect(idsOf(made)).toContain("create:image.tools");
    expect(isAnew(made)).toBe(true);
  });

  it("gets the larger disk that the spec asks for, and is built anew for a smaller one", () => {
    const base = desiredOf(spec).get(TOOLS)?.attributes.origin;
    const marks = marksOfImage(TOOLS, "cd".repeat(32), { sealed: "" });
    const build = noted({ origin: String(base), begun: begun("post_provision") });
    const unfinished = marked(marks, { status: "stopped", build, diskBytes: 20 * GIB });
    const made = planOn({ spec, world: worldOf([unfinished]) });
    expect(made.steps[0]).toMatchObject({ id: "start:image.tools", inputs: { diskBytes: 30 * GIB } });
    const smaller = specOf('workers = 0\nvm.disk = "10GiB"\nhooks.post_provision = "setup"');
    expect(idsOf(planOn({ spec: smaller, world: worldOf([unfinished]) }))).toContain("create:image.tools");
  });

  it("of several the one goes on that came furthest; the others go", () => {
    const far = cut(noted({ done: [done(GOLDEN, "push")] }));
    const near = marked(marksOfImage(GOLDEN, "01".repeat(32), { sealed: "", image: tools.name }), { build: noted() });
    const made = planOn({ spec, world: worldOf([tools, near, far]) });
    expect(actionsOf(made)).toEqual([`delete ${GOLDEN} ${near.name}`, `create ${GOLDEN} ${far.name}`]);
  });

  it("makes a saved plan stale when it has come further since", () => {
    const before = plan(cut(noted()));
    const after = plan(cut(noted({ done: [done(GOLDEN, "push")] })));
    expect(before.changes.at(-1)?.fingerprint).not.toBe(after.changes.at(-1)?.fingerprint);
  });
});

describe("a revision that comes back", () => {
  it("finds its name taken by an image that became another one, and takes the next", () => {
    const name = `app-golden-${revisionOf(GOLDEN, spec).slice(0, 8)}`;
    const marks = marksOfImage(GOLDEN, "ab".repeat(32), { name, image: tools.name });
    const renamed = marked(marks, { isProtected: true });
    const made = planOn({ spec, world: worldOf([tools, renamed]), sources: sourcesOf() });
    expect(actionsOf(made)).toEqual([`create ${GOLDEN} ${renamed.name}-b2`]);
  });
});
