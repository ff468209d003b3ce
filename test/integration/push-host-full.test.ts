import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { CLI, HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld, worker } from "../support/program.js";
import { makeSmallDisk, onDisk, type SmallDisk, smallDiskMissing } from "../support/small-disk.js";

const missing = smallDiskMissing();

/** The folder where code is packed has a file system of its own that is too small: the host's real git meets ENOSPC. */
describe.skipIf(missing !== null)("a host whose disk is full when code is pushed", () => {
  let world: ProgramWorld;
  let disk: SmallDisk;
  const limaform = (...argv: readonly string[]) =>
    spawnSync(...onDisk(disk, world.root, [process.execPath, CLI, ...argv]), { env: world.env, encoding: "utf8" });
  const applyJson = (expected: number): ApplyDocument => {
    const { status, stdout, stderr } = limaform("apply", "--yes", "--json");
    expect(status, stdout + stderr).toBe(expected);
    return JSON.parse(stdout) as ApplyDocument;
  };
  const pushed = () => readFileSync(join(world.home, worker(1), "limaform-push.json"), "utf8");

  beforeAll(async () => {
    world = makeProgramWorld("workers = 1\n");
    mkdirSync(join(world.state, "tmp"), { recursive: true, mode: 0o700 });
    disk = await makeSmallDisk(join(world.state, "tmp"));
    applyJson(0);
  }, HOOK_LIMIT_MS);
  afterAll(() => {
    disk?.close();
    world?.close();
  });

  // No room for the pack's repository; for the pack.
  it.each([64, 300])(
    "%i KiB left: says what could not be written, where, and what is free; the next apply does the rest",
    async (left) => {
      await disk.leave(null);
      // What no compression makes smaller.
      writeFileSync(join(world.root, "large.bin"), randomBytes(768 * 1024));
      world.git("add", "-A");
      world.git("commit", "-qm", "large");
      const before = pushed();
      // Something is there: a size of 0 would be no limit.
      writeFileSync(disk.outside(join(world.state, "tmp", "filler")), "x");
      await disk.leave(left);
      const failed = applyJson(1).steps.filter(({ status }) => status === "failed");
      expect(failed).toMatchObject([
        { verb: "push", address: "binding.default[1]", error: { code: "REPO_DISK_FULL" } },
      ]);
      const error = failed[0]?.error;
      expect(error?.message).toMatch(/^git could not write for .*: no room is left; .* free on the file system of /);
      expect(error?.message).toContain(join(world.state, "tmp"));
      expect(error?.hint).toMatch(/Make room, then run the same command again.*df -h /);
      expect(readdirSync(disk.outside(join(world.state, "tmp")))).toEqual(["filler"]);
      expect(pushed()).toBe(before);
      await disk.leave(null);
      expect(applyJson(0).steps.map(({ verb, address }) => `${verb} ${address}`)).toEqual(["push binding.default[1]"]);
      expect(pushed()).not.toBe(before);
      expect(limaform("plan", "--detailed-exitcode").status).toBe(0);
    },
    120_000,
  );
});
