import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { DriftDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { type DummyFleet, makeDummyFleet } from "../support/dummy-fleet.js";
import { CLI, until } from "../support/program.js";
import { makeSmallDisk, onDisk, type SmallDisk } from "../support/small-disk.js";

/** Stands before limactl: a call of the verb in `_hold` waits until that file is gone, with `_held` as its sign. */
const HOLDING = `#!/bin/sh
for word; do
  if [ -e "$LIMA_HOME/_hold-$word" ]; then
    : > "$LIMA_HOME/_held"
    while [ -e "$LIMA_HOME/_hold-$word" ]; do sleep 0.05; done
  fi
done
self=$(dirname "$0")
PATH=\${PATH#"$self":}
exec limactl "$@"
`;

/** A LIMA_HOME whose file system fills while limactl is about to write: the system's own ENOSPC. */
export function fullContract(kind: "fake" | "real"): void {
  let fleet: DummyFleet;
  let disk: SmallDisk;
  let env: Readonly<Record<string, string>>;
  const inside = (...path: readonly string[]) => disk.outside(join(fleet.home, ...path));

  beforeAll(async () => {
    fleet = await makeDummyFleet(kind);
    await fleet.apply();
    const bin = fleet.scratch("holding");
    mkdirSync(bin);
    writeFileSync(join(bin, "limactl"), HOLDING);
    chmodSync(join(bin, "limactl"), 0o755);
    env = { ...fleet.env, PATH: `${bin}${delimiter}${fleet.env.PATH}` };
    disk = await makeSmallDisk(fleet.home);
    spawnSync("cp", ["-a", `${fleet.home}/.`, inside()]);
  }, 120_000);
  afterAll(() => {
    disk?.close();
    fleet?.close();
  });

  const command = (argv: readonly string[]) => onDisk(disk, fleet.root, [process.execPath, CLI, ...argv]);
  const json = <T>(code: number, ...argv: readonly string[]): T => {
    const { status, stdout, stderr } = spawnSync(...command([...argv, "--json"]), { env, encoding: "utf8" });
    expect(status, stdout + stderr).toBe(code);
    return JSON.parse(stdout) as T;
  };
  /** An apply whose disk has only so much room left from its first call of a verb on. */
  const applyFull = async (verb: string, leftKib: number): Promise<ApplyDocument> => {
    writeFileSync(inside(`_hold-${verb}`), "");
    const child = spawn(...command(["apply", "--yes", "--json"]), { env, stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await until(`${verb} is called`, () => existsSync(inside("_held")) || child.exitCode !== null);
    await disk.leave(leftKib);
    rmSync(inside("_held"), { force: true });
    rmSync(inside(`_hold-${verb}`));
    const code = await ended;
    expect([0, 1], stdout).toContain(code);
    return JSON.parse(stdout) as ApplyDocument;
  };

  const names = () => readdirSync(inside()).filter((name) => !/^[._]/u.test(name));
  const planned = () => {
    const { steps, errors, applicable } = json<Plan>(0, "plan");
    return { steps: steps.map(({ id }) => id), errors, applicable };
  };
  const expectQuiet = () => {
    expect(planned().steps).toEqual([]);
    expect(json<DriftDocument>(0, "drift").items).toEqual([]);
  };

  it("is seen before anything is made", async () => {
    fleet.edit("workers = 2", "workers = 3");
    const before = names();
    await disk.leave(0);
    expect(json<{ code: string }>(1, "apply", "--yes").code).toBe("PLAN_OVER_LIMIT");
    await disk.leave(null);
    expect(names()).toEqual(before);
    fleet.edit("workers = 3", "workers = 2");
    expectQuiet();
  });

  // From "not even a journal line" to "not the whole disk".
  it.each([
    ["clone", "workers = 2", "workers = 3", 0],
    ["clone", "workers = 2", "workers = 3", 24],
    ["clone", "workers = 2", "workers = 3", 64],
    ["create", 'location = "./base.img"', 'location = "./other.img"', 0],
    ["create", 'location = "./base.img"', 'location = "./other.img"', 24],
  ])("during %s (%s → %s), %i KiB left: an error that says so, and nothing half done stays", async (...given) => {
    const [verb, from, to, left] = given;
    writeFileSync(join(fleet.root, "other.img"), Buffer.alloc(65_536, 8));
    fleet.edit(from, to);
    const [before, wanted] = [names(), planned()];
    expect(wanted.steps.length).toBeGreaterThan(0);
    const { steps } = await applyFull(verb, left);
    const errors = steps.flatMap(({ error }) => error ?? []);
    expect(
      errors.map(({ code }) => code),
      JSON.stringify(errors),
    ).toEqual(["LIMA_DISK_FULL"]);
    expect(errors[0]?.message).toMatch(/ \d+ (B|KiB) free on the file system of /u);
    await disk.leave(null);
    // What limactl leaves of an image is none to the plan, which removes it first.
    expect(names().filter((name) => !before.includes(name) && !name.includes("-tools-"))).toEqual([]);
    const again = planned();
    const first = again.steps[0] === "delete:image.tools" ? 1 : 0;
    expect({ ...again, steps: again.steps.slice(first) }).toEqual(wanted);
    fleet.edit(to, from);
    json<ApplyDocument>(0, "apply", "--yes");
    expectQuiet();
    expect(names()).toEqual(before);
  });

  it("during an update: it is done or said, and the next apply makes it whole", async () => {
    fleet.edit('memory = "512MiB"', 'memory = "576MiB"');
    const { steps } = await applyFull("edit", 0);
    expect(steps.flatMap(({ error }) => error?.code ?? []).filter((code) => code !== "LIMA_DISK_FULL")).toEqual([]);
    await disk.leave(null);
    json<ApplyDocument>(0, "apply", "--yes");
    expectQuiet();
  });
}
