import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LimaformEvent } from "../../src/events/event.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import type { BuildNote } from "../../src/world/build.js";
import {
  eventsIn,
  HOOK_LIMIT_MS,
  isAlive,
  makeBuiltWorld,
  PROJECT,
  type ProgramWorld,
  type RunningProgram,
  until,
} from "../support/program.js";

/* Builds that are cut off, by the built program on the fake limactl: each goes on with the step that it was at. */

let world: ProgramWorld;
let before = "";
beforeAll(async () => {
  world = await makeBuiltWorld();
  before = world.spec();
}, HOOK_LIMIT_MS);
afterAll(async () => {
  world.close();
  await until("no hook is left running", () => !hooks.some(isAlive));
});
/** Of hooks that hang, as they were seen. */
const hooks: number[] = [];
let atWork: RunningProgram | null = null;
let turns = 0;
beforeEach(async () => {
  atWork?.signal("SIGKILL");
  await atWork?.ended;
  atWork = null;
  world.restore();
});

const HANG = "echo $$ > ~/hook.pid; echo begun; exec sleep 4321";
const spec = (postSync: string, more = "") =>
  world.write("limaform.toml", `${before}\n[hooks]\npost_sync = '''\n${postSync}\n'''\n${more}`);
/** The golden image that is under way: the newest name. */
function building(): string {
  const found = world.instances().filter((name) => name.startsWith(`${PROJECT}-golden-`) && !noteOf(name)?.isSealed);
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}
function noteOf(name: string): (BuildNote & { readonly isSealed: boolean }) | null {
  const file = join(world.home, name, "limaform-build.json");
  if (!existsSync(file)) return null;
  const { note } = JSON.parse(readFileSync(file, "utf8")) as { note: BuildNote };
  // Its image's own note came along with the clone.
  const seal = join(world.home, name, "limaform-seal.json");
  const isSealed = existsSync(seal) && readFileSync(seal, "utf8").includes(`"instance":"${name}"`);
  return { ...note, isSealed };
}
const guestFile = (name: string, path: string) => join(world.home, "_fake", "guests", name, "home", "agent", path);
const hookPid = () => Number(readFileSync(guestFile(building(), "hook.pid"), "utf8"));
const isBegun = (event: LimaformEvent) => event.type === "apply.step.log" && event.line === "begun";

/** A build whose hook hangs. */
async function buildHanging(): Promise<RunningProgram> {
  spec(HANG);
  return buildUntilBegun();
}

async function buildUntilBegun(): Promise<RunningProgram> {
  turns += 1;
  const events = world.scratch(`events-${turns}`);
  const running = world.start(["build", "--yes", "--json", "--events", events]);
  atWork = running;
  void running.ended.then(() => (atWork = null));
  await until("the hook has begun", () => eventsIn(events).some(isBegun));
  if (existsSync(guestFile(building(), "hook.pid"))) hooks.push(hookPid());
  return running;
}

/** The next apply does what is left and nothing else. */
async function expectResumed(resumed: readonly string[]): Promise<void> {
  const name = building();
  spec("echo whole > ~/whole");
  expect(await world.expect(2, "plan", "--detailed-exitcode")).toContain(
    "resume at step 2 of 2 (post_sync): 1 is done",
  );
  const { steps } = await world.json<ApplyDocument>(0, "build", "--yes");
  expect(steps.map(({ id }) => id)).toEqual(["start:image.golden", "post_sync:image.golden", "seal:image.golden"]);
  const note = noteOf(name);
  expect(note?.done.map(({ name: step }) => step)).toEqual(["push", "post_sync"]);
  expect(note?.resumed.map(({ step }) => step)).toEqual(resumed);
  expect(readFileSync(guestFile(name, "whole"), "utf8")).toBe("whole\n");
  await world.expect(0, "plan", "--detailed-exitcode");
}

/** Each builds and resumes: seconds, more where others are at work. */
describe("a build of an image", { timeout: 180_000 }, () => {
  it("goes on after a SIGKILL of limaform, and ends what was left running in the guest", async () => {
    const running = await buildHanging();
    const pid = hookPid();
    running.signal("SIGKILL");
    await running.ended;
    expect(isAlive(pid)).toBe(true);
    await expectResumed(["post_sync"]);
    expect(isAlive(pid)).toBe(false);
  });

  it("ends with an interrupt in the guest too, and goes on", async () => {
    const running = await buildHanging();
    const pid = hookPid();
    running.signal("SIGINT");
    expect((await running.ended).code).toBe(130);
    await until("the hook is gone", () => !isAlive(pid));
    await expectResumed(["post_sync"]);
  });

  it("ends a step at its limit, in the guest too, says so, and goes on", async () => {
    spec(HANG, '[image]\nstep_timeout = "3s"\n');
    const { steps } = await world.json<ApplyDocument>(1, "build", "--yes");
    const failed = steps.find(({ status }) => status === "failed");
    expect(failed).toMatchObject({ id: "post_sync:image.golden", error: { code: "IMAGE_STEP_TIMED_OUT" } });
    expect(failed?.error?.message).toMatch(/longer than 3s[\s\S]*begun[\s\S]*whole log: /);
    await until("the hook is gone", () => !isAlive(hookPid()));
    await expectResumed(["post_sync"]);
  });

  it("whose guest dies in a step says so, and goes on after a boot", async () => {
    spec("echo begun; sleep 2");
    const running = await buildUntilBegun();
    process.kill(Number(readFileSync(join(world.home, building(), "qemu.pid"), "utf8")), "SIGKILL");
    const { code, stdout } = await running.ended;
    expect(code).toBe(1);
    const { steps } = JSON.parse(stdout) as ApplyDocument;
    const failed = steps.find(({ status }) => status === "failed");
    expect(failed?.error?.code).toMatch(/^GUEST_/);
    expect(failed?.error?.message).toContain("hooks.post_sync");
    await expectResumed(["post_sync"]);
  });

  it("begins anew with --no-cache, and nothing is resumed", async () => {
    const running = await buildHanging();
    running.signal("SIGKILL");
    await running.ended;
    const name = building();
    spec("true");
    const clean = await world.json<ApplyDocument>(0, "build", "--no-cache", "--yes");
    expect(clean.steps.map(({ id }) => id)).toContain("create:image.tools");
    expect(noteOf(name)?.resumed ?? []).toEqual([]);
  });
});

describe("the shortcuts", { timeout: 180_000 }, () => {
  it("build makes what is missing, update builds anew at an unchanged spec; neither touches workers", async () => {
    world.edit("workers = 0", "workers = 1");
    await world.expect(0, "apply", "--yes");
    world.changes();
    expect((await world.json<ApplyDocument>(0, "build", "--yes")).steps).toEqual([]);
    expect(world.changes()).toEqual([]);
    const synced = await world.json<ApplyDocument>(0, "update", "--sync-only", "--yes");
    expect(new Set(synced.steps.map(({ address }) => String(address)))).toEqual(new Set(["image.golden"]));
    const all = await world.json<ApplyDocument>(0, "update", "--yes");
    expect(all.steps.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["create:image.tools", "create:image.golden"]),
    );
    const tools = await world.json<ApplyDocument>(0, "build", "--no-cache", "--skip-sync", "--yes");
    expect(new Set(tools.steps.map(({ address }) => String(address)))).toEqual(new Set(["image.tools"]));
    expect(await world.expect(2, "plan", "--detailed-exitcode")).toMatch(/worker\.default\[1\]\s+replace/);
  });
});
