import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../src/app/app.js";
import { FILES, writeSpec } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet } from "../support/e2e.js";
import { eventsIn, type Running, until } from "../support/e2e-limaform.js";

/* Five boots: too long for every test run. */

describe("a build of the golden image that is cut off in its hook", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeSpec(fleet, { postSync: "echo begun\nsleep 45\necho whole > ~/e2e-synced" });
    await fleet.edit("workers = 2", "workers = 1");
    await fleet.repository.commit("Ask for a worker");
  });
  afterAll(() => fleet?.close());

  async function applyUntilHook(name: string): Promise<Running> {
    const events = fleet.scratch(name);
    const running = fleet.start("apply", "--yes", "--events", events);
    const isInHook = () =>
      eventsIn(events).some((event) => event.type === "apply.step.log" && event.line.includes("begun"));
    await until("the hook has begun", isInHook, 900_000);
    return running;
  }
  const golden = () => fleet.list().find(({ name }) => name.startsWith("e2e-golden-"));

  it("by SIGKILL is never used as an image", async () => {
    const running = await applyUntilHook("killed.ndjson");
    running.signal("SIGKILL");
    await running.ended;
    expect(golden()).toMatchObject({ status: "Running", protected: false });
    await fleet.expect(2, "plan", "--detailed-exitcode");
  });

  it("by Ctrl-C ends at once with 130, after the leftover of the first was deleted", async () => {
    const running = await applyUntilHook("interrupted.ndjson");
    const startedMs = performance.now();
    running.signalGroup("SIGINT");
    const { code, stdout } = await running.ended;
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(code, stdout).toBe(130);
    expect(golden()?.protected).toBe(false);
  });

  it("is built anew from its beginning by the next apply", async () => {
    const { verdict, steps } = await fleet.json<ApplyDocument>(0, "apply", "--yes");
    expect(verdict).toBe("done");
    expect(steps.map(({ id }) => id).filter((id) => id.includes("image.tools"))).toEqual([]);
    expect(golden()).toMatchObject({ status: "Stopped", protected: true });
    expect(await fleet.inside(1, "sh", "-c", "cat ~/e2e-synced")).toBe("whole");
    await fleet.expect(0, "plan", "--detailed-exitcode");
  });
});
