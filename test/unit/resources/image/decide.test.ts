import { describe, expect, it } from "vitest";
import type { InstanceFacts } from "../../../../src/resources/kind.js";
import type { JsonObject } from "../../../../src/util/json.js";
import {
  actionsOf,
  GIB,
  GOLDEN,
  HEAD,
  HOST,
  imageOf,
  imagesOf,
  marked,
  marksOfImage,
  NO_OPTIONS,
  planOn,
  revisionOf,
  sourcesOf,
  specOf,
  TOOLS,
  worker,
  workerOf,
  worldOf,
} from "../../../support/builders.js";

const { tools, golden } = imagesOf();
const none = specOf("workers = 0");
const plan = (instances: readonly InstanceFacts[], changes: Parameters<typeof planOn>[0] = {}) =>
  planOn({ spec: none, world: worldOf(instances), ...changes });
const stepsOf = (made: ReturnType<typeof planOn>) => made.steps.map(({ id }) => id);
const reasonsOf = (made: ReturnType<typeof planOn>) =>
  made.changes.flatMap(({ reasons }) => reasons.map(({ code }) => code));
const spoiled = (facts: InstanceFacts): InstanceFacts => ({ ...facts, status: "running" });

describe("building images", () => {
  it("is create, start, push and seal, the golden image after the tools image that it is cloned from", () => {
    const made = plan([]);
    expect(stepsOf(made)).toEqual([
      "create:image.tools",
      "start:image.tools",
      "seal:image.tools",
      "create:image.golden",
      "start:image.golden",
      "push:image.golden",
      "seal:image.golden",
    ]);
    const [create] = made.steps.filter(({ id }) => id === "create:image.golden");
    expect(create?.after).toEqual(["seal:image.tools"]);
    expect(create?.inputs).toMatchObject({ source: tools.name, marks: { image: tools.name, sealed: "" } });
  });

  it("runs the hooks in their own image, on the code where there is code", () => {
    const spec = specOf('workers = 0\nhooks.post_provision = "one"\nhooks.post_sync = "two"\nenv.A = "b"');
    const hooks = plan([], { spec }).steps.filter(({ verb }) => verb === "post_provision" || verb === "post_sync");
    const inputsOf = ({ build }: JsonObject) => (build as JsonObject).inputs;
    expect(hooks.map(({ address, inputs }) => [address, inputsOf(inputs)])).toEqual([
      [TOOLS, { name: "post_provision", hook: "one", env: { A: "b" }, cwd: null }],
      [GOLDEN, { name: "post_sync", hook: "two", env: { A: "b" }, cwd: "~/app" }],
    ]);
  });

  it("carries everything the driver needs, so that the spec file may be gone", () => {
    const [create, ...rest] = plan([]).steps;
    expect(create?.inputs.template).toMatchObject({ arch: "x86_64", vmType: "qemu", user: "agent", disk: "30GiB" });
    expect(rest.find(({ verb }) => verb === "push")?.inputs.build).toMatchObject({
      name: "push",
      kind: "code",
      inputs: { root: "/repo", commit: HEAD, branch: "main", guestPath: "~/app" },
    });
  });

  it("leaves the code out where there is no commit", () => {
    const made = plan([], { sources: sourcesOf({ head: null, branch: null }) });
    expect(stepsOf(made)).not.toContain("push:image.golden");
  });

  it("is refused where vm.image has nothing for the architecture, and then nobody is replaced", () => {
    const spec = specOf('vm.image = { location = "./a", arch = "aarch64" }');
    const made = plan([tools, golden, workerOf(1, golden)], { spec });
    expect(made.errors.map(({ code }) => code)).toEqual(["PLAN_NO_IMAGE_FOR_ARCH"]);
    expect(made.steps).toEqual([]);
  });
});

describe("images that are there", () => {
  it("are left alone when they are right and sealed", () => {
    expect(actionsOf(plan([tools, golden]))).toEqual([]);
  });

  it("need no tools image once the golden one is sealed", () => {
    expect(actionsOf(plan([golden]))).toEqual([]);
  });

  it("are built anew beside the old when the revision changed, from tools that are still right", () => {
    const spec = specOf('workers = 0\nhooks.post_sync = "make"');
    const made = plan([tools, golden], { spec });
    const name = `app-golden-${revisionOf(GOLDEN, spec).slice(0, 8)}`;
    expect(actionsOf(made)).toEqual([`create ${GOLDEN} ${name}`]);
    expect(reasonsOf(made)).toEqual(["revision_changed"]);
  });

  it("are deleted and built again when their build did not reach the seal, under the same name", () => {
    const unsealed = marked(marksOfImage(GOLDEN, revisionOf(GOLDEN), { sealed: "", image: tools.name }));
    const made = plan([tools, unsealed]);
    expect(actionsOf(made)).toEqual([`delete ${GOLDEN} ${golden.name}`, `create ${GOLDEN} ${golden.name}`]);
    expect(made.steps.find(({ verb }) => verb === "create")?.after).toEqual(["delete:image.golden"]);
  });

  it("are not used when somebody started them after the seal", () => {
    const made = plan([tools, spoiled(golden)], { spec: specOf("workers = 0\nimage.keep = 0") });
    expect(actionsOf(made)).toEqual([`create ${GOLDEN} ${golden.name}-b2`, `delete ${GOLDEN} ${golden.name}`]);
    expect(reasonsOf(made)[0]).toBe("image_modified");
  });

  it("are judged by the newest seal where a revision was built twice", () => {
    const second = imageOf(GOLDEN, revisionOf(GOLDEN), {
      name: `${golden.name}-b2`,
      image: tools.name,
      sealed: "2026-10-20T00:00:00.000Z",
    });
    const made = planOn({ world: worldOf([tools, golden, second, workerOf(1, golden)]) });
    expect(actionsOf(made).slice(0, 2)).toEqual([
      `replace ${worker(1)} app-worker-1`,
      "push binding.default[1] app-worker-1",
    ]);
    expect(reasonsOf(made)).toContain("image_rebuilt");
  });

  it("count only under their own name and with our owner", () => {
    const copy = { ...golden, name: "my-golden" };
    expect(actionsOf(plan([tools, copy]))).toEqual([`create ${GOLDEN} ${golden.name}`]);
  });
});

describe("--replace of an image", () => {
  const replace = (...replaces: (typeof TOOLS)[]) =>
    actionsOf(plan([tools, golden], { options: { ...NO_OPTIONS, replaces } }));

  it("builds that one anew beside the old one, and only that one", () => {
    expect(replace(GOLDEN)).toEqual([`create ${GOLDEN} ${golden.name}-b2`]);
    expect(replace(TOOLS)).toEqual([`create ${TOOLS} ${tools.name}-b2`]);
  });

  it("builds the golden image from the new tools image where both are named", () => {
    const made = plan([tools, golden], { options: { ...NO_OPTIONS, replaces: [TOOLS, GOLDEN] } });
    expect(made.steps.find(({ id }) => id === "create:image.golden")?.inputs.source).toBe(`${tools.name}-b2`);
  });

  it("builds tools that are gone, because the golden image is cloned from them", () => {
    const made = plan([golden], { options: { ...NO_OPTIONS, replaces: [GOLDEN] } });
    expect(actionsOf(made)).toEqual([`create ${TOOLS} ${tools.name}`, `create ${GOLDEN} ${golden.name}-b2`]);
  });
});

describe("an image whose disk is gone", () => {
  it("is built anew beside it, and nothing is cloned from it", () => {
    const damage = { code: "disk_lost", text: "its disk is gone" } as const;
    const made = plan([tools, { ...golden, damage }]);
    expect(actionsOf(made)).toContain(`create ${GOLDEN} ${golden.name}-b2`);
  });
});

describe("a configuration that is not closed", () => {
  const open: InstanceFacts = {
    ...tools,
    openConfig: [{ key: "mounts", found: "[~]", expected: "none", file: "/home/me/.lima/_config/override.yaml" }],
  };

  it("is said before an image is cloned from it", () => {
    const [error] = plan([open]).errors;
    expect(error).toMatchObject({ code: "LIMA_CONFIG_NOT_CLOSED", addresses: [GOLDEN] });
    expect(error?.text).toContain("mounts is [~], not none (/home/me/.lima/_config/override.yaml)");
  });

  it("is said before the first image is created, where Lima's own defaults would open it", () => {
    const openDefaults = [{ key: "env", found: "{}", expected: "none", file: "/home/me/.lima/_config/default.yaml" }];
    const host = { ...HOST, openDefaults };
    const [error] = plan([], { world: worldOf([], { host }) }).errors;
    expect(error).toMatchObject({ code: "LIMA_CONFIG_NOT_CLOSED", addresses: [TOOLS] });
    expect(error?.hint).toContain("take env out of /home/me/.lima/_config/default.yaml");
    expect(plan([tools, golden], { world: worldOf([tools, golden], { host }) }).errors).toEqual([]);
  });

  it("does not matter where nothing is started", () => {
    expect(plan([open, golden]).errors).toEqual([]);
  });
});

describe("timing", () => {
  it("gives emulated guests three times as long to boot", () => {
    const start = (isEmulated: boolean) =>
      plan([], { world: worldOf([], { host: { ...HOST, isEmulated } }) }).steps.find(({ verb }) => verb === "start");
    expect([start(false)?.timeoutMs, start(true)?.timeoutMs]).toEqual([600_000, 1_800_000]);
  });

  it("never uses more processors for a build than the host has", () => {
    const [create] = plan([], { world: worldOf([], { host: { ...HOST, cpus: 1 } }) }).steps;
    expect(create?.inputs.template).toMatchObject({ cpus: 1, memoryBytes: 2 * GIB });
  });
});

describe("an image that lost its protection", () => {
  const open = (facts: InstanceFacts): InstanceFacts => ({ ...facts, isProtected: false });

  it("is protected again and stays what it is", () => {
    const made = plan([tools, open(golden)]);
    expect(stepsOf(made)).toEqual(["protect:image.golden"]);
    expect(reasonsOf(made)).toEqual(["unprotected"]);
    expect(made.summary).toMatchObject({ update: 1, create: 0 });
  });

  it("is protected again where it is only kept, or only a step on the way", () => {
    const older = imageOf(GOLDEN, "0".repeat(64), { sealed: "2026-01-01T00:00:00.000Z" });
    expect(stepsOf(plan([open(tools), golden, open(older)]))).toEqual(["protect:image.tools", "protect:image.golden"]);
  });

  it("is not, where it goes anyway", () => {
    const older = imageOf(GOLDEN, "0".repeat(64), { sealed: "2026-01-01T00:00:00.000Z" });
    const spec = specOf("workers = 0\nimage.keep = 0");
    expect(stepsOf(plan([tools, golden, open(older)], { spec }))).toEqual(["delete:image.golden"]);
  });
});
