import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HOOK_LIMIT_MS, isAlive, makeProgramWorld, type ProgramWorld, until } from "../support/program.js";

/* The listing that is begun before the spec is read: nobody may notice it but by the time that it saves. */

let world: ProgramWorld;
beforeAll(() => {
  world = makeProgramWorld("workers = 2 # all of them\n");
  world.save();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());
beforeEach(() => world.restore());

const listings = () => world.calls().filter(({ verb }) => verb === "list");
const hang = () => world.configure({ faults: [{ verb: "list", at: "begin", do: "hang" }] });
const untilAllEnded = () =>
  until("no limactl is left", () => listings().length > 0 && listings().every(({ pid }) => !isAlive(pid)));

/** A folder for the PATH with a git that does this first. */
function gitThat(name: string, first: string): string {
  const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const bin = world.scratch(name);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "git"), `#!/bin/sh\n${first}\nexec ${git} "$@"\n`, { mode: 0o755 });
  return bin;
}

/** The spec is found after limactl has begun, or never. */
function afterLimactl(): { readonly env: Record<string, string> } {
  const calls = join(world.home, "_fake", "calls.ndjson");
  const waits = `n=0; until grep -qs '"list"' ${calls}; do n=$((n + 1)); [ $n -lt 200 ] || exit 99; sleep 0.1; done`;
  return { env: { PATH: `${gitThat("slow-git", waits)}:${world.env.PATH}` } };
}

describe("the early listing", () => {
  it("is under way before git has said where the repository is", async () => {
    const { code, stderr } = await world.run(["plan"], afterLimactl());
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("Error")]);
  });

  it.each(["plan", "list", "drift", "results list"])("is the only one of %s", async (line) => {
    await world.run(line.split(" "));
    expect(listings()).toHaveLength(1);
  });

  it("is never what apply acts on: that is read anew once the lock is held", async () => {
    world.edit("workers = 2", "workers = 0");
    await world.expect(0, "apply", "--yes");
    const [first, second] = listings();
    expect(first?.pid).not.toBe(second?.pid);
    expect(second).toBeDefined();
  });

  it("does not stand before what is wrong with the spec, and is ended with it", async () => {
    hang();
    world.edit("workers = 2", "workers = -1");
    const { code, stderr } = await world.run(["plan"], afterLimactl());
    expect([code, stderr]).toEqual([1, expect.stringContaining("[SPEC_OUT_OF_RANGE]")]);
    await untilAllEnded();
  });

  it("leaves the order of errors as it is where there is no limactl", async () => {
    const env = { PATH: gitThat("no-limactl", "") };
    expect((await world.run(["list"], { env })).stderr).toContain("[LIMA_NOT_FOUND]");
    world.edit("workers = 2", "workers = -1");
    const { code, stderr } = await world.run(["list"], { env });
    expect([code, stderr]).toEqual([1, expect.stringContaining("[SPEC_OUT_OF_RANGE]")]);
    expect(stderr).not.toContain("LIMA_");
  });

  it("ends with the first Ctrl-C", async () => {
    hang();
    const running = world.start(["plan"]);
    await until("limactl is asked", () => listings().length > 0);
    running.signal("SIGINT");
    expect((await running.ended).code).toBe(130);
    await untilAllEnded();
  });
});

describe("the version of limactl", () => {
  it("is asked once of the same program, and of another in its place again, which may be too old", async () => {
    const bin = world.scratch("own-limactl");
    const asked = join(bin, "asked");
    const install = (version: string) => {
      const program = join(bin, "limactl");
      const real = execFileSync("sh", ["-c", "command -v limactl"], { env: world.env, encoding: "utf8" }).trim();
      const told = `if [ "$1" = --version ]; then echo asked >> ${asked}; echo limactl version ${version}; exit; fi`;
      // The words by which Lima's own program is known.
      const text = `#!/bin/sh\n# path\tgithub.com/lima-vm/lima/v2/cmd/limactl\n${told}\nexec ${real} "$@"\n`;
      rmSync(program, { force: true });
      writeFileSync(program, text, { mode: 0o755 });
    };
    const times = () => readFileSync(asked, "utf8").trim().split("\n").length;
    mkdirSync(bin, { recursive: true });
    const env = { PATH: `${bin}:${world.env.PATH}` };
    // What is known of this host has a place from the first plan on.
    await world.expect(0, "plan");
    install("2.2.0");
    for (const line of ["plan", "plan", "status"]) expect((await world.run([line], { env })).code).toBe(0);
    expect(times()).toBe(1);
    install("2.1.9");
    expect((await world.run(["plan"], { env })).stderr).toContain("[LIMA_TOO_OLD]");
    expect(times()).toBeGreaterThan(1);
  });
});
