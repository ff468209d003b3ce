import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDocument } from "../../src/app/app.js";
import { FILES, writeSpec } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet } from "../support/e2e.js";

/* A guest that runs out of memory is slow before it is over: too long for every test run. */

describe("a run that takes more memory than its worker has", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeSpec(fleet);
    await fleet.edit("workers = 2 # both of them", "workers = 1");
    await fleet.edit('memory = "768MiB"', 'memory = "512MiB"');
    await fleet.repository.commit("Ask for one small worker");
    await fleet.expect(0, "apply", "--yes");
  });
  afterAll(() => fleet?.close());

  it.each([
    ["itself", ["tail", "/dev/zero"]],
    ["by a child of it", ["sh", "-c", "tail /dev/zero; exit $?"]],
  ])("%s is failed, out of memory, and the worker goes on", async (_, command) => {
    const { workers } = await fleet.json<RunDocument>(1, "run", "--", ...command);
    expect(workers).toMatchObject([{ state: "failed", failure: "out_of_memory", exitCode: 137 }]);
    process.stderr.write(`${await fleet.expect(0, "logs")}\n${JSON.stringify(workers[0])}\n`);
    expect(await fleet.inside(1, "echo", "there")).toBe("there");
    const after = await fleet.json<RunDocument>(0, "run", "--", "true");
    expect(after.workers).toMatchObject([{ state: "done", exitCode: 0 }]);
  });
});
