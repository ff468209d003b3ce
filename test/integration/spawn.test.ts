import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/app/app.js";
import { HOOK_LIMIT_MS, makeBuiltWorld, type ProgramWorld, worker } from "../support/program.js";

/* The shortcuts into the engine, on a fleet of one worker, and hosts that cannot run one. */

let world: ProgramWorld;
beforeAll(async () => {
  world = await makeBuiltWorld();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

describe("workers", () => {
  beforeEach(async () => {
    world.restore();
    world.edit("workers = 0", "workers = 1");
    await world.apply();
    world.changes();
  }, HOOK_LIMIT_MS);

  it("are spawned and shrunk with the spec's comments kept", async () => {
    const before = world.spec();
    await world.expect(0, "spawn", "3", "--yes");
    expect(world.spec()).toBe(before.replace("workers = 1", "workers = 3"));
    expect(world.changes().toSorted()).toEqual(
      [2, 3].flatMap((slot) => [`clone ${worker(slot)}`, `start ${worker(slot)}`]).toSorted(),
    );
    await world.expect(0, "plan", "--detailed-exitcode");
    expect((await world.json(64, "spawn", "1", "--yes")).code).toBe("USAGE_SHRINK");
    expect(world.changes()).toEqual([]);
    await world.expect(0, "spawn", "1", "--shrink", "--yes");
    expect(world.spec()).toBe(before);
    expect(world.instances().filter((name) => name.includes("-worker-"))).toEqual([worker(1)]);
    await world.expect(0, "plan", "--detailed-exitcode");
  });

  it("that are stopped stay so through apply and drift until they are started", async () => {
    await world.expect(0, "stop", "1", "--yes");
    expect(world.status(worker(1))).toBe("Stopped");
    world.changes();
    await world.expect(0, "drift");
    await world.expect(0, "apply", "--yes");
    await world.expect(0, "plan", "--detailed-exitcode");
    expect(world.changes()).toEqual([]);
    expect((await world.json<StatusDocument>(0, "status")).workers).toMatchObject([{ slot: 1, held: true }]);
    await world.expect(0, "start", "1", "--yes");
    expect(world.status(worker(1))).toBe("Running");
    await world.expect(0, "drift");
  });

  it("are made or replaced one by one where that is asked for", async () => {
    world.edit("workers = 1", "workers = 3");
    await world.expect(0, "apply", "--yes", "--target", "worker.default[3]");
    expect(world.changes()).toEqual([`clone ${worker(3)}`, `start ${worker(3)}`]);
    await world.expect(2, "plan", "--detailed-exitcode");
    await world.expect(0, "apply", "--yes", "--replace", "worker.default[1]", "--target", "worker.default[1]");
    expect(world.changes()).toEqual([`delete ${worker(1)}`, `clone ${worker(1)}`, `start ${worker(1)}`]);
    expect((await world.json(1, "plan", "--target", "worker.default[9]")).format).toMatch(/^limaform\.(plan|error)$/);
  });

  it("that were deleted, stopped or resized by hand are drift, and apply mends them", async () => {
    world.limactl("stop", worker(1));
    expect(await world.json(3, "drift")).toMatchObject({ items: [{ address: "worker.default[1]", kind: "stopped" }] });
    world.limactl("edit", worker(1), "--set", ".cpus = 2");
    world.changes();
    expect(JSON.stringify(await world.json(3, "drift"))).toContain('"changed"');
    await world.expect(0, "apply", "--yes");
    expect(world.changes()).toEqual([`edit ${worker(1)}`, `start ${worker(1)}`]);
    world.limactl("delete", "--force", worker(1));
    expect(await world.json(3, "drift")).toMatchObject({ items: [{ address: "worker.default[1]", kind: "missing" }] });
    world.changes();
    await world.expect(0, "apply", "--yes");
    expect(world.changes()).toEqual([`clone ${worker(1)}`, `start ${worker(1)}`]);
    await world.expect(0, "drift");
  });

  it("change their memory in place, and their disk does not shrink", async () => {
    world.edit('memory = "512MiB"', 'memory = "768MiB"');
    await world.expect(0, "apply", "--yes");
    expect(world.changes()).toEqual([`stop ${worker(1)}`, `edit ${worker(1)}`, `start ${worker(1)}`]);
    world.edit('disk = "16MiB"', 'disk = "8MiB"');
    expect(await world.json(1, "plan")).toMatchObject({ applicable: false, errors: [{ code: "PLAN_DISK_SHRINK" }] });
  });
});

describe("a host", () => {
  beforeEach(() => world.restore());

  /** The programs that limaform needs but no limactl, and on request one that says what a test wants. */
  function pathWith(version: string | null): Record<string, string> {
    const bin = world.scratch(`bin-${version ?? "none"}`);
    mkdirSync(bin);
    for (const name of ["git", "ssh", "ps", "bash", "sh", "env"]) symlinkSync(`/usr/bin/${name}`, join(bin, name));
    symlinkSync(process.execPath, join(bin, "node"));
    if (version !== null) {
      writeFileSync(join(bin, "limactl"), `#!/bin/sh\necho "limactl version ${version}"\n`);
      chmodSync(join(bin, "limactl"), 0o755);
    }
    return { PATH: bin };
  }

  it("without limactl is told how to get it", async () => {
    const { code, stdout } = await world.run(["plan", "--json"], { env: pathWith(null) });
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({ format: "limaform.error", code: "LIMA_NOT_FOUND" }),
    ]);
    await world.expect(0, "validate");
  });

  it("with a limactl that is too old is told which one it has and which one is needed", async () => {
    const { code, stdout } = await world.run(["plan", "--json"], { env: pathWith("1.0.4") });
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({
        format: "limaform.error",
        code: "LIMA_TOO_OLD",
        message: expect.stringContaining("1.0.4"),
      }),
    ]);
  });
});
