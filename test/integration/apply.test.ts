import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/document.js";
import { makeProgramWorld, type ProgramWorld, snapshot, worker } from "../support/program.js";

/* What apply does to a fleet and what it leaves alone. */

let world: ProgramWorld;
let golden = "";

beforeAll(async () => {
  world = makeProgramWorld("workers = 0 # for the start\n");
});
afterAll(() => world.close());

describe("an empty world", () => {
  it("is planned, applied, and then has nothing to do, no drift and no further call", async () => {
    const plan = await world.json<Plan>(2, "plan", "--detailed-exitcode");
    expect(plan.summary).toMatchObject({ create: 2 });
    expect((await world.apply()).verdict).toBe("done");
    golden = world.instances().find((name) => name.includes("-golden-")) ?? "";
    world.save();

    world.edit("workers = 0", "workers = 2");
    expect((await world.apply()).summary).toMatchObject({ done: 6, failed: 0 });
    await world.expect(0, "plan", "--detailed-exitcode");
    await world.expect(0, "drift");
    world.changes();
    const before = snapshot(world.home, ["_fake"]);
    await world.expect(0, "apply", "--yes");
    expect(world.changes()).toEqual([]);
    expect(snapshot(world.home, ["_fake"])).toEqual(before);
  });
});

describe("a fleet", () => {
  beforeEach(() => world.restore());

  it("of one worker grows to three and shrinks to one without touching the first", async () => {
    world.edit("workers = 0", "workers = 1");
    await world.apply();
    world.changes();
    const first = snapshot(join(world.home, worker(1)));
    world.edit("workers = 1", "workers = 3");
    await world.apply();
    expect(world.changes().toSorted()).toEqual([
      ...[2, 3].map((slot) => `clone ${worker(slot)}`),
      ...[2, 3].map((slot) => `start ${worker(slot)}`),
    ]);
    world.edit("workers = 3", "workers = 1");
    await world.apply();
    expect(world.changes().map((line) => line.split(" ")[1])).not.toContain(worker(1));
    expect(world.instances()).toContain(worker(1));
    expect(world.instances()).not.toContain(worker(2));
    expect(snapshot(join(world.home, worker(1)))).toEqual(first);
  });

  it("goes on where one clone failed: the others are made, what depends on it says why, the next apply heals", async () => {
    world.edit("workers = 0", "workers = 2");
    world.configure({ faults: [{ verb: "clone", instance: worker(1), do: "fail", message: "no space left on device" }] });
    const failed = await world.json(1, "apply", "--yes");
    expect(failed).toMatchObject({ format: "limaform.apply", verdict: "failed" });
    console.log(JSON.stringify(failed, null, 1));
    world.configure({});
    world.changes();
    await world.apply();
    expect(world.changes()).toEqual([`clone ${worker(1)}`, `start ${worker(1)}`]);
    await world.expect(0, "plan", "--detailed-exitcode");
  });

  it("is destroyed without a trace, and what is not ours stays as it is", async () => {
    world.edit("workers = 0", "workers = 1");
    await world.apply();
    world.limactl("clone", golden, "theirs");
    world.limactl("clone", golden, worker(7));
    const foreign = () => ["theirs", worker(7)].map((name) => snapshot(join(world.home, name)));
    const before = foreign();
    await world.expect(0, "destroy", "--yes");
    expect(world.instances()).toEqual([worker(7), "theirs"]);
    expect(foreign()).toEqual(before);
    for (const name of ["theirs", worker(7)]) world.limactl("delete", "--force", name);
    await world.expect(0, "destroy", "--yes");
    expect(readdirSync(join(world.state, "bases"))).toEqual([]);
    expect(readdirSync(world.state)).toEqual([]);
  });
});
