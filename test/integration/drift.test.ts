import { appendFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DriftDocument } from "../../src/plan/drift.js";
import { HOOK_LIMIT_MS, makeBuiltWorld, type ProgramWorld, snapshot, worker } from "../support/program.js";

/* What `drift` answers CI: each kind with its exit code, what is none, and an answer that is not whole. */

let world: ProgramWorld;
beforeAll(async () => {
  world = await makeBuiltWorld();
  world.edit("workers = 0", "workers = 2");
  await world.apply();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

const golden = () => world.instances().find((name) => name.includes("-golden-")) ?? "";
const configOf = (name: string) => join(world.home, name, "lima.yaml");

async function drift(code: number): Promise<DriftDocument> {
  const document = await world.json<DriftDocument & Record<string, unknown>>(code, "drift");
  expect(document).toMatchObject({ format: "limaform.drift", version: 1 });
  return document;
}
const kinds = async (code = 3) => (await drift(code)).items.map(({ kind, instance }) => `${kind} ${instance}`);

describe("drift", () => {
  beforeEach(async () => {
    await world.expect(0, "apply", "--yes");
    expect(await kinds(0)).toEqual([]);
  }, HOOK_LIMIT_MS);

  it("is none for a hold, for another spec, and for new code; and nothing is written", async () => {
    world.edit("workers = 2", "workers = 1");
    world.write("new.txt", "new\n");
    await world.expect(0, "stop", "2", "--yes");
    const before = snapshot(world.home, ["_fake"]);
    expect(await kinds(0)).toEqual([]);
    expect(snapshot(world.home, ["_fake"])).toEqual(before);
    world.edit("workers = 1", "workers = 2");
    rmSync(join(world.root, "new.txt"));
    await world.expect(0, "start", "2", "--yes");
  });

  it("names what was stopped, and what is missing", async () => {
    world.limactl("stop", worker(1));
    world.limactl("delete", "--force", worker(2));
    expect(await kinds()).toEqual([`stopped ${worker(1)}`, `missing ${worker(2)}`]);
  });

  it("names a worker whose size was changed, and one whose configuration was opened", async () => {
    const file = configOf(worker(1));
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/^cpus: .*$/m, "cpus: 2"));
    expect(await kinds()).toEqual([`changed ${worker(1)}`]);
    writeFileSync(file, text);
    const override = join(world.home, "_config", "override.yaml");
    mkdirSync(join(world.home, "_config"), { recursive: true });
    writeFileSync(override, "ssh: {forwardAgent: true}\n");
    const open = await drift(3);
    expect(new Set(open.items.map(({ kind }) => kind))).toEqual(new Set(["open_config"]));
    expect(open.items[0]?.text).toContain("forwardAgent");
    rmSync(override);
  });

  it("names an image that lost its protection, one that was written to, and a copy that somebody made", async () => {
    world.limactl("unprotect", golden());
    expect(await kinds()).toEqual([`image_modified ${golden()}`]);
    world.limactl("protect", golden());
    const later = new Date(Date.now() + 5000);
    const disk = join(world.home, golden(), "disk");
    const copied = "mine";
    world.limactl("clone", golden(), copied);
    expect(await kinds()).toEqual([`foreign_copy ${copied}`]);
    world.limactl("delete", "--force", copied);
    utimesSync(disk, later, later);
    const found = await drift(3);
    expect(found.items).toMatchObject([{ kind: "image_modified", instance: golden() }]);
    expect(found.items[0]?.text).toContain("was written to since it was sealed");
    expect((await world.plan()).changes.find(({ address }) => address === "image.golden")).toMatchObject({
      action: "create",
      reasons: [{ code: "image_modified" }],
    });
  });

  it("that is not whole is one document with what was found and why, and exit code 1", async () => {
    const file = configOf(worker(1));
    const text = readFileSync(file, "utf8");
    world.limactl("stop", worker(2));
    appendFileSync(file, "images: [\n");
    const document = await drift(1);
    expect(document).toMatchObject({
      ...{ drifted: true, complete: false },
      items: [{ kind: "stopped", instance: worker(2) }],
      error: { code: "DRIFT_INCOMPLETE", message: expect.stringContaining(worker(1)) },
    });
    const { code, stdout } = await world.run(["drift"]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("[DRIFT_INCOMPLETE]")]);
    writeFileSync(file, text);
  });

  it("has no baseline where nothing is there and nothing was recorded", async () => {
    const home = world.scratch("empty-home");
    const { code, stdout } = await world.run(["drift", "--json"], { env: { LIMA_HOME: home } });
    expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ code: "DRIFT_NO_BASELINE" })]);
  });
});
