import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LimaformEvent } from "../../src/events/event.js";
import type { Plan } from "../../src/plan/document.js";
import type { DriftDocument } from "../../src/plan/drift.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { endsByStep, eventsIn, makeProgramWorld, type ProgramWorld, snapshot, worker } from "../support/program.js";

/* What apply does to a fleet and what it leaves alone. */

let world: ProgramWorld;

beforeAll(async () => {
  world = makeProgramWorld("workers = 0 # for the start\n");
});
afterAll(() => world.close());

describe("an empty world", () => {
  it("is planned, applied, and then has nothing to do, no drift and no further call", async () => {
    const plan = await world.json<Plan>(2, "plan", "--detailed-exitcode");
    expect(plan.summary).toMatchObject({ create: 2 });
    expect((await world.apply()).verdict).toBe("done");
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
    world.configure({
      faults: [{ verb: "clone", instance: worker(1), do: "fail", message: "no space left on device" }],
    });
    const failed = await world.json<ApplyDocument>(1, "apply", "--yes", "--events", world.scratch("events"));
    expect(failed).toMatchObject({ format: "limaform.apply", verdict: "failed", error: { code: "APPLY_FAILED" } });
    expect(Object.fromEntries(failed.steps.map(({ id, status }) => [id, status]))).toEqual({
      "create:worker.default[1]": "failed",
      "start:worker.default[1]": "skipped",
      "push:binding.default[1]": "skipped",
      "create:worker.default[2]": "done",
      "start:worker.default[2]": "done",
      "push:binding.default[2]": "done",
    });
    const events = eventsIn(world.scratch("events"));
    expect(events.filter(({ type }) => type === "apply.step.skipped")).toEqual(
      ["start:worker.default[1]", "push:binding.default[1]"].map((step) =>
        expect.objectContaining({ step, because: "create:worker.default[1]" }),
      ),
    );
    expectGrammar(events);
    expect(events.at(-1)).toMatchObject({ type: "run.completed", exitCode: 1 });
    world.configure({});
    world.changes();
    await world.apply();
    expect(world.changes()).toEqual([`clone ${worker(1)}`, `start ${worker(1)}`]);
    await world.expect(0, "plan", "--detailed-exitcode");
  });

  it("whose hook fails is told its last lines and where the whole log is; the next apply goes on with it", async () => {
    const hook = (end: string) =>
      `\n[hooks]\npost_sync = "echo first; echo second to last; echo the reason >&2; ${end}"\n`;
    const before = world.spec().replace("workers = 0", "workers = 1");
    world.write("limaform.toml", before + hook("exit 7"));
    const failed = await world.run(["apply", "--yes"]);
    expect(failed.code).toBe(1);
    const said = failed.stdout + failed.stderr;
    expect(said).toContain("post_sync");
    expect(said).toContain("the reason");
    const log = /whole log: (\S+)/.exec(said)?.[1] ?? "";
    expect(readFileSync(log, "utf8")).toMatch(/first\n(.*\n)*.*second to last/);
    expect(world.instances()).not.toContain(worker(1));
    world.write("limaform.toml", before + hook("true"));
    world.changes();
    expect(await world.expect(2, "plan", "--detailed-exitcode")).toMatch(/resume at step \d of \d \(post_sync\)/);
    await world.expect(0, "apply", "--yes");
    expect(world.changes().filter((change) => change.startsWith("clone") && change.includes("golden"))).toEqual([]);
    await world.expect(0, "plan", "--detailed-exitcode");
    expect(world.instances()).toContain(worker(1));
    // What failed is gone; one older image stays for the way back.
    expect(world.instances().filter((name) => name.includes("-golden-"))).toHaveLength(2);
  });

  it("has no worker started while Lima's own configuration opens it to the host", async () => {
    world.edit("workers = 0", "workers = 1");
    const override = join(world.home, "_config", "override.yaml");
    writeFileSync(override, 'plain: false\nmounts: [{location: "~"}]\n');
    const refused = await world.json<{ code: string; message: string }>(1, "apply", "--yes");
    expect(JSON.stringify(refused)).toContain("LIMA_CONFIG_NOT_CLOSED");
    expect(JSON.stringify(refused)).toContain("mounts");
    expect(world.calls().some(({ verb }) => verb === "start")).toBe(false);
    rmSync(override);
    await world.expect(0, "apply", "--yes");
    writeFileSync(override, 'plain: false\nmounts: [{location: "~"}]\n');
    const drift = await world.json<DriftDocument>(3, "drift");
    expect(drift.items.map(({ kind }) => kind)).toContain("open_config");
  });

  it("works to the end where nobody reads its output", async () => {
    world.edit("workers = 0", "workers = 1");
    const running = world.start(["apply", "--yes"]);
    running.closeOutput();
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("EPIPE")]);
    await world.expect(0, "plan", "--detailed-exitcode");
  });

  it("is destroyed without a trace, but what is not ours stays as it is", async () => {
    const images = world.instances();
    const golden = images.find((name) => name.includes("-golden-")) ?? "";
    world.edit("workers = 0", "workers = 1");
    await world.apply();
    for (const name of ["theirs", worker(7)]) world.limactl("clone", golden, name);
    const foreign = () => ["theirs", worker(7)].map((name) => snapshot(join(world.home, name)));
    const before = foreign();
    await world.expect(0, "destroy", "--yes");
    expect(world.instances()).toEqual([worker(7), "theirs"].toSorted());
    expect(foreign()).toEqual(before);
    // Their disks stand on ours.
    expect(readdirSync(join(world.state, "bases"))).toHaveLength(2);
  });

  it("is destroyed to the last file where nobody else is", async () => {
    world.edit("workers = 0", "workers = 1");
    await world.apply();
    await world.expect(0, "destroy", "--yes");
    expect(world.instances()).toEqual([]);
    expect(readdirSync(join(world.state, "bases"))).toEqual([]);
    expect(Object.keys(snapshot(world.state)).filter((file) => /tmp|lock/.test(file))).toEqual([]);
    expect(await world.json(0, "list")).toMatchObject({ instances: [] });
  });
});

describe("a new image", () => {
  beforeEach(() => world.restore());

  it.each([
    ["one worker less meanwhile", "unavailable = 1", 3, 2],
    ["one worker more meanwhile", "surge = 1\nunavailable = 0", 4, 3],
  ])("rolls the workers over with %s", async (_limits, rollout, mostTotal, leastReady) => {
    world.edit("workers = 0", "workers = 3");
    await world.apply();
    world.write("limaform.toml", `${world.spec()}\n[hooks]\npost_sync = "true"\n\n[rollout]\n${rollout}\n`);
    await world.expect(0, "apply", "--yes", "--events", world.scratch("events"));
    const workers = eventsIn(world.scratch("events")).filter(
      (event) => "address" in event && event.address.startsWith("worker."),
    );
    let [total, ready] = [3, 3];
    for (const event of workers) {
      if (!("verb" in event)) continue;
      const what = `${event.verb} ${event.type.replace("apply.step.", "")}`;
      if (what === "create started") total += 1;
      if (what === "start completed") ready += 1;
      if (what === "delete started") ready -= 1;
      if (what === "delete completed") total -= 1;
      expect([what, total <= mostTotal, ready >= leastReady]).toEqual([what, true, true]);
    }
    expect([total, ready]).toEqual([3, 3]);
    expect(workers.filter(({ type }) => type === "apply.step.completed")).toHaveLength(9);
    await world.expect(0, "plan", "--detailed-exitcode");
    await world.expect(0, "drift");
  });
});

/** First and last as promised, no gap, and each step that started ends once. */
function expectGrammar(events: readonly LimaformEvent[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, place) => place));
  expect([events[0]?.type, events.at(-1)?.type]).toEqual(["run.started", "run.completed"]);
  for (const [step, types] of endsByStep(events)) {
    expect([step, types.join(" ")]).toEqual([
      step,
      expect.stringMatching(/^(started (completed|failed|interrupted)|skipped)$/),
    ]);
  }
}
