import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../src/events/event.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import {
  endsByStep,
  eventsIn,
  HOOK_LIMIT_MS,
  makeBuiltWorld,
  type ProgramWorld,
  type RunningProgram,
  snapshot,
  until,
  worker,
} from "../support/program.js";

/* Signals, kills and locks: whatever ends an apply, the next one goes on from what is there. */

let world: ProgramWorld;
beforeAll(async () => {
  world = await makeBuiltWorld();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());
beforeEach(() => {
  world.restore();
  world.edit("workers = 0", "workers = 1");
});

const NAME = worker(1);
const events = () => eventsIn(world.scratch("events"));
const isBooting = () => world.isBooting(NAME);
const isLocked = () => existsSync(join(world.state, "lock.json"));
const startApply = () => world.start(["apply", "--yes", "--json", "--events", world.scratch("events")]);
const documentOf = async ({ ended }: RunningProgram) => JSON.parse((await ended).stdout) as ApplyDocument;

/** An apply whose clone of the worker has come as far as the point and stays there. */
async function applyWaitingInClone(at: "mid" | "unedited"): Promise<RunningProgram> {
  world.configure({ faults: [{ verb: "clone", instance: NAME, at, do: "wait" }] });
  const running = startApply();
  const file = join(world.home, NAME, at === "mid" ? "disk" : "lima.yaml");
  await until(`the clone of ${NAME} is ${at}`, () => existsSync(file));
  return running;
}

async function applyWaitingInBoot(): Promise<RunningProgram> {
  world.configure({ bootMs: 600_000 });
  const running = startApply();
  await until(`${NAME} boots`, isBooting);
  return running;
}

async function expectHealed(changes: readonly string[]): Promise<void> {
  world.configure({});
  world.changes();
  await world.expect(0, "apply", "--yes");
  expect(world.changes()).toEqual(changes);
  await world.expect(0, "plan", "--detailed-exitcode");
  await world.expect(0, "drift");
}

describe("one interrupt", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "by %s ends the wait for a boot with %i, a summary and a free lock; the next apply picks it up",
    async (signal, code) => {
      const running = await applyWaitingInBoot();
      running.signal(signal);
      const document = await documentOf(running);
      expect((await running.ended).code).toBe(code);
      expect(document).toMatchObject({ format: "limaform.apply", verdict: "interrupted" });
      expect(document.steps.map(({ id, status }) => [id, status])).toEqual([
        ["create:worker.default[1]", "done"],
        ["start:worker.default[1]", "interrupted"],
        ["push:binding.default[1]", "skipped"],
      ]);
      expect(endsByStep(events()).get("start:worker.default[1]")).toEqual(["started", "interrupted"]);
      expect(events().at(-1)).toMatchObject({ type: "run.completed", verdict: "interrupted", exitCode: code });
      expect(isLocked()).toBe(false);
      world.bootNow(NAME);
      await expectHealed([]);
    },
  );

  it("lets a clone finish and starts nothing after it", async () => {
    const running = await applyWaitingInClone("unedited");
    running.signal("SIGINT");
    await until("the interrupt is noticed", () => events().some(({ type }) => type === "interrupt.received"));
    expect(isLocked()).toBe(true);
    world.go();
    const document = await documentOf(running);
    expect((await running.ended).code).toBe(130);
    expect(document.steps.map(({ status }) => status)).toEqual(["done", "skipped", "skipped"]);
    await expectHealed([`start ${NAME}`]);
  });

  it("before the first step gives one error document", async () => {
    world.configure({ faults: [{ verb: "list", do: "hang" }] });
    const running = startApply();
    await until("limactl list runs", () => world.calls().some(({ verb }) => verb === "list"));
    running.signal("SIGINT");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ format: "limaform.error" });
    expect(world.instances()).not.toContain(NAME);
  });
});

describe("two interrupts", () => {
  it("end the children; what they left is removed by the next apply", async () => {
    const running = await applyWaitingInClone("mid");
    running.signal("SIGINT");
    await until("the interrupt is noticed", () => events().some(({ type }) => type === "interrupt.received"));
    running.signal("SIGINT");
    const document = await documentOf(running);
    expect((await running.ended).code).toBe(130);
    expect(document.verdict).toBe("interrupted");
    expect(isLocked()).toBe(false);
    await expectHealed([`clone ${NAME}`, `start ${NAME}`]);
  });
});

describe("kill -9", () => {
  it.each([
    ["mid", "has no lima.yaml yet", [`clone ${NAME}`, `start ${NAME}`]],
    ["unedited", "has the image's marks", [`delete ${NAME}`, `clone ${NAME}`, `start ${NAME}`]],
  ] as const)("in a clone (%s): a target that %s is removed and made again", async (at, _state, changes) => {
    const running = await applyWaitingInClone(at);
    running.signal("SIGKILL");
    await running.ended;
    world.killLimactl();
    expect(isLocked()).toBe(true);
    await expectHealed(changes);
  });

  it("in a clone whose limactl still works: nothing is taken from under it", async () => {
    const running = await applyWaitingInClone("mid");
    running.signal("SIGKILL");
    await running.ended;
    world.configure({});
    const refused = await world.run(["apply", "--yes"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr + refused.stdout).toContain("at work on it");
    expect(existsSync(join(world.home, NAME, "disk"))).toBe(true);
    world.killLimactl();
    await expectHealed([`clone ${NAME}`, `start ${NAME}`]);
  });

  it("during a boot: the lock of the dead is taken over with a word, and the boot is picked up", async () => {
    const running = await applyWaitingInBoot();
    running.signal("SIGKILL");
    await running.ended;
    world.killLimactl();
    world.bootNow(NAME);
    world.configure({});
    world.changes();
    const next = await world.run(["apply", "--yes"]);
    expect([next.code, world.changes()]).toEqual([0, []]);
    expect(next.stderr).toMatch(/took over|taken over/);
    expect(next.stderr).toContain(String(running.pid));
    await world.expect(0, "drift");
  });

  it("without the journal's proof a folder that looks like a cut clone is refused and stays", async () => {
    mkdirSync(join(world.home, NAME));
    writeFileSync(join(world.home, NAME, "disk"), "whose?");
    const before = snapshot(join(world.home, NAME));
    const plan = await world.json<Plan>(1, "plan");
    expect(plan).toMatchObject({ applicable: false, errors: [{ code: "PLAN_UNKNOWN" }] });
    expect(await world.json(1, "apply", "--yes")).toMatchObject({ format: "limaform.error", code: "PLAN_UNKNOWN" });
    await world.run(["destroy", "--yes"]);
    expect(snapshot(join(world.home, NAME))).toEqual(before);
  });
});

describe("two applies at once", () => {
  it("work one after another, or the second says who is busy", async () => {
    world.configure({ faults: [{ verb: "start", instance: NAME, at: "booted", do: "wait" }] });
    const first = startApply();
    await until(`${NAME} boots`, () => existsSync(join(world.home, NAME, "qemu.pid")));
    const busy = await world.json<ErrorDocument>(75, "apply", "--yes", "--lock-timeout", "0s");
    expect(busy).toMatchObject({ format: "limaform.error", code: "LOCK_BUSY", details: { pid: first.pid } });
    const second = world.start(["apply", "--yes", "--lock-timeout", "1m", "--events", world.scratch("second")]);
    await until("the second waits", () =>
      eventsIn(world.scratch("second")).some(({ type }) => type === "lock.waiting"),
    );
    world.go();
    expect((await first.ended).code).toBe(0);
    const { code, stderr } = await second.ended;
    // What it was to do has been done meanwhile, and that is said.
    expect([code, stderr]).toEqual([0, expect.stringContaining("nothing is left to do")]);
    expect(world.calls().filter(({ verb }) => verb === "clone")).toHaveLength(1);
    await world.expect(0, "plan", "--detailed-exitcode");
  });
});
