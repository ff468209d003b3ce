import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../src/app/app.js";
import { FILES, writeSpec } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet, worker } from "../support/e2e.js";
import { startAndSample } from "../support/e2e-roll.js";

/* Nine boots: too long for every test run. */

describe("rolling over real workers and back", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeSpec(fleet, { more: "\n[rollout]\nsurge = 0\nunavailable = 1\n" });
    await fleet.repository.commit("Ask for two workers");
    await fleet.expect(0, "apply", "--yes");
  });
  afterAll(() => fleet?.close());

  const synced = async (): Promise<readonly string[]> => [
    await fleet.inside(1, "sh", "-c", "cat ~/e2e-synced"),
    await fleet.inside(2, "sh", "-c", "cat ~/e2e-synced"),
  ];

  it("with a surge both workers stay available, and there is at most one more than wanted", async () => {
    await fleet.edit("surge = 0\nunavailable = 1", "surge = 1\nunavailable = 0");
    await fleet.edit("echo first", "echo second");
    const { document, most, leastReady } = await startAndSample(fleet, [worker(1), worker(2)]);
    expect(document.verdict).toBe("done");
    expect({ most, leastReady }).toEqual({ most: 3, leastReady: 2 });
    expect(await synced()).toEqual(["second", "second"]);
    await fleet.expect(0, "drift");
    await fleet.expect(0, "plan", "--detailed-exitcode");
  });

  it("the old image comes back without a build when the spec does", async () => {
    await fleet.edit("surge = 1\nunavailable = 0", "surge = 0\nunavailable = 1");
    await fleet.edit("echo second", "echo first");
    const before = fleet.list().map(({ name }) => name);
    const surged = before.filter((name) => name.includes("-worker-"));
    const { document, most, leastReady } = await startAndSample(fleet, surged);
    expect(document.verdict).toBe("done");
    expect(stepsAtImages(document)).toEqual([]);
    expect({ most, leastReady }).toEqual({ most: 2, leastReady: 1 });
    expect(await synced()).toEqual(["first", "first"]);
    const goldens = (names: readonly string[]) => names.filter((name) => name.startsWith("e2e-golden-"));
    expect(goldens(fleet.list().map(({ name }) => name))).toEqual(goldens(before));
    await fleet.expect(0, "drift");
    await fleet.expect(0, "plan", "--detailed-exitcode");
  });
});

const stepsAtImages = ({ steps }: ApplyDocument): readonly string[] =>
  steps.filter(({ address }) => address.startsWith("image.")).map(({ id }) => id);
