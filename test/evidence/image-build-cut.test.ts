import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../src/app/app.js";
import type { LimaformEvent } from "../../src/events/event.js";
import type { Plan } from "../../src/plan/document.js";
import type { BuildNote } from "../../src/world/build.js";
import { writeImageSpec } from "../e2e/chapters/image-sample.js";
import { FILES } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet } from "../support/e2e.js";
import { eventsIn, type Running, until } from "../support/e2e-limaform.js";

/* Seven boots: too long for every test run. */

const GIB = 1024 ** 3;

describe("a build of the golden image that is cut off", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await spec("echo begun\nsleep 4567");
    await fleet.repository.commit("Ask for a worker");
  });
  afterAll(() => fleet?.close());

  const spec = (postSync: string, disk = "4GiB") =>
    // Without tools: what is shown here is how a build goes on, and every boot of it takes long enough.
    writeImageSpec(fleet, { postProvision: "echo tools > ~/tools", postSync, workers: 1, disk, tools: "" });
  async function applyUntil(name: string, isThere: (event: LimaformEvent) => boolean): Promise<Running> {
    const events = fleet.scratch(name);
    const running = fleet.start("apply", "--yes", "--events", events);
    await until(name, () => eventsIn(events).some(isThere), 900_000);
    return running;
  }
  const isInHook = (event: LimaformEvent) => event.type === "apply.step.log" && event.line.includes("begun");
  const golden = () => fleet.list().find(({ name }) => name.startsWith("e2e-golden-"));
  const note = (): BuildNote =>
    (JSON.parse(readFileSync(join(golden()?.dir ?? "", "limaform-build.json"), "utf8")) as { note: BuildNote }).note;
  const resumesAt = async (text: string) => {
    const plan = await fleet.json<Plan>(0, "plan");
    const change = plan.changes.find(({ address }) => address === "image.golden");
    expect(change).toMatchObject({ address: "image.golden", action: "create", reasons: [{ text }] });
    expect(
      plan.steps.map(({ id }) => id).filter((id) => id.includes("image.tools") || id.startsWith("push:image")),
    ).toEqual([]);
  };
  const failure = async () => {
    const { steps } = await fleet.json<ApplyDocument>(1, "apply", "--yes");
    return steps.find(({ status }) => status === "failed");
  };
  const AT_HOOK = "resume at step 2 of 2 (post_sync): 1 is done";

  it("by SIGKILL in its hook is never used as an image, and goes on with the hook", async () => {
    const running = await applyUntil("killed.ndjson", isInHook);
    running.signal("SIGKILL");
    await running.ended;
    expect(golden()).toMatchObject({ status: "Running", protected: false });
    await fleet.expect(2, "plan", "--detailed-exitcode");
    await resumesAt(AT_HOOK);
  });

  it("by Ctrl-C ends at once with 130, with its processes in the guest", async () => {
    await spec("! pgrep -x sleep\necho begun\nsleep 4567");
    const running = await applyUntil("interrupted.ndjson", isInHook);
    const startedMs = performance.now();
    running.signalGroup("SIGINT");
    const { code, stdout } = await running.ended;
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(code, stdout).toBe(130);
    await resumesAt(AT_HOOK);
  });

  it("by a full disk says so, and goes on with the larger one that the spec then asks for", async () => {
    await spec("! pgrep -x sleep\nhead -c 30G /dev/zero > ~/filler");
    const failed = await failure();
    expect(failed).toMatchObject({ id: "post_sync:image.golden", error: { code: "HOOK_FAILED" } });
    expect(failed?.error?.message).toMatch(/the disk of e2e-golden-\w+ is full[\s\S]*No space left on device/);
    expect(failed?.error?.hint).toContain("vm.disk");
    await spec(
      "rm -f ~/filler\ntest $(df -B1 --output=size / | tail -n 1) -gt 5000000000\necho begun\nsleep 4567",
      "6GiB",
    );
    await resumesAt(AT_HOOK);
  });

  it("by the end of its guest says so, and goes on after a boot", async () => {
    const events = fleet.scratch("guest.ndjson");
    const running = fleet.start("apply", "--yes", "--json", "--events", events);
    await until("the hook has begun", () => eventsIn(events).some(isInHook), 900_000);
    const pid = readFileSync(join(golden()?.dir ?? "", "qemu.pid"), "utf8").trim();
    spawnSync("kill", ["-9", pid]);
    const { code, stdout } = await running.ended;
    expect(code).toBe(1);
    const failed = (JSON.parse(stdout) as ApplyDocument).steps.find(({ status }) => status === "failed");
    expect(failed?.error?.code).toMatch(/^GUEST_/);
    expect(failed?.error?.message).toContain("hooks.post_sync");
    expect(golden()).toMatchObject({ disk: 6 * GIB });
    await resumesAt(AT_HOOK);
  });

  it("by SIGKILL in its seal goes on with the seal", async () => {
    await spec("rm -f ~/filler\necho whole > ~/e2e-synced", "6GiB");
    const running = await applyUntil(
      "seal.ndjson",
      (event) => event.type === "apply.step.progress" && event.verb === "seal" && event.text === "stopping",
    );
    running.signal("SIGKILL");
    await running.ended;
    expect(note().begun?.name).toBe("seal");
    await resumesAt("resume at its seal: 1–2 are done");
  });

  it("is whole in the end: each step once, what happened noted, its workers with keys of their own", async () => {
    const { verdict } = await fleet.json<ApplyDocument>(0, "apply", "--yes");
    expect(verdict).toBe("done");
    expect(golden()).toMatchObject({ status: "Stopped", protected: true });
    const { done, resumed, begun } = note();
    expect(done.map(({ name }) => name)).toEqual(["push", "post_sync"]);
    expect(begun).toBe(null);
    expect(resumed.map(({ step }) => step)).toEqual(["post_sync", "post_sync", "post_sync", "post_sync", "seal"]);
    expect(await fleet.inside(1, "sh", "-c", "cat ~/tools ~/e2e-synced")).toBe("tools\nwhole");
    expect(await fleet.inside(1, "sh", "-c", "cat /etc/machine-id")).toMatch(/^[0-9a-f]{32}$/);
    await fleet.expect(0, "plan", "--detailed-exitcode");
  });
});
