import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../src/events/event.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { CLI, HOOK_LIMIT_MS, makeProgramWorld, PROJECT, type ProgramWorld, until, worker } from "../support/program.js";
import { makeSmallDisk, onDisk, type SmallDisk, smallDiskMissing } from "../support/small-disk.js";

const missing = smallDiskMissing();
const FULL = /^(STORE_NO_SPACE|LIMA_DISK_FULL|REPO_DISK_FULL)$/;

/** A LIMA_HOME on a file system that fills while an apply is at work: the system's own ENOSPC. */
describe.skipIf(missing !== null)("a disk that is full", () => {
  let world: ProgramWorld;
  let disk: SmallDisk;
  const inside = (...path: readonly string[]) => disk.outside(join(world.home, ...path));
  const command = (argv: readonly string[]) => onDisk(disk, world.root, [process.execPath, CLI, ...argv]);
  const limaform = (...argv: readonly string[]) => spawnSync(...command(argv), { env: world.env, encoding: "utf8" });
  const configure = (config: object) => {
    mkdirSync(inside("_fake"), { recursive: true });
    rmSync(inside("_fake", "go"), { force: true });
    writeFileSync(inside("_fake", "config.json"), JSON.stringify({ ownerPid: process.pid, ...config }));
  };
  const seen = (verb: string) => {
    const file = inside("_fake", "calls.ndjson");
    return existsSync(file) ? readFileSync(file, "utf8").split(`"verb":"${verb}"`).length - 1 : 0;
  };
  /** An apply whose disk has only so much room left from its first call of a verb on. */
  const applyWith = async (
    verb: string,
    leftKib: number,
  ): Promise<{ code: number | null; document: ApplyDocument }> => {
    const before = seen(verb);
    configure({ faults: [{ verb, at: "begin", do: "wait" }] });
    const child = spawn(...command(["apply", "--yes", "--json"]), {
      env: world.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await until(`${verb} is called`, () => seen(verb) > before || child.exitCode !== null);
    expect(child.exitCode, said.stdout + said.stderr).toBeNull();
    await disk.leave(leftKib);
    writeFileSync(inside("_fake", "go"), "");
    const code = await ended;
    return { code, document: JSON.parse(said.stdout) as ApplyDocument };
  };
  const codesOf = ({ steps }: ApplyDocument): readonly string[] =>
    steps.flatMap(({ error }) => (error === null || error === undefined ? [] : [error.code]));
  const expectHealed = async () => {
    await disk.leave(null);
    configure({});
    const healed = limaform("apply", "--yes");
    expect(healed.status, healed.stdout + healed.stderr).toBe(0);
    expect(limaform("plan", "--detailed-exitcode").status).toBe(0);
    const drift = limaform("drift");
    expect(drift.status, drift.stdout).toBe(0);
  };
  const expectFull = (code: number | null, document: ApplyDocument) => {
    if (code === 0) return;
    expect(code, JSON.stringify(document)).toBe(1);
    expect(codesOf(document).length).toBeGreaterThan(0);
    expect(
      codesOf(document).filter((found) => !FULL.test(found)),
      JSON.stringify(document),
    ).toEqual([]);
    expect(JSON.stringify(document)).toMatch(/free on the file system of|the file system is full/);
  };

  beforeAll(async () => {
    world = makeProgramWorld("workers = 1 # of them\n");
    disk = await makeSmallDisk(world.home);
    configure({});
  }, HOOK_LIMIT_MS);
  afterAll(() => {
    if (disk !== undefined) limaform("destroy", "--yes", "--discard-work", "worker.default[1]");
    disk?.close();
    world?.close();
  });

  it("before the first apply is said before anything is made", async () => {
    await disk.leave(0);
    const { status, stdout } = limaform("apply", "--yes", "--json");
    expect(status).toBe(1);
    expect((JSON.parse(stdout) as ErrorDocument).code).toBe("PLAN_OVER_LIMIT");
    expect(readdirSync(inside()).filter((name) => name.startsWith(PROJECT))).toEqual([]);
  });

  // From "not even a journal line" to "all but the last steps".
  it.each([0, 8, 64, 256, 1024])(
    "while images are built, %i KiB left: an error that says so, healed by the next apply",
    async (left) => {
      await disk.leave(null);
      configure({});
      limaform("destroy", "--yes", "--discard-work", "worker.default[1]");
      const { code, document } = await applyWith("create", left);
      expectFull(code, document);
      await expectHealed();
    },
    120_000,
  );

  it.each([0, 24, 96, 192])(
    "while a worker is cloned, %i KiB left: nothing half done stays",
    async (left) => {
      limaform("teardown", "--yes", "--discard-work", "worker.default[1]");
      const { code, document } = await applyWith("clone", left);
      expectFull(code, document);
      if (codesOf(document).includes("LIMA_DISK_FULL")) {
        expect(JSON.stringify(document)).toContain(`free on the file system of ${world.home}`);
        expect(existsSync(inside(worker(1), "lima.yaml"))).toBe(false);
      }
      await expectHealed();
    },
    120_000,
  );
});
