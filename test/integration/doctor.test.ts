import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoctorDocument } from "../../src/app/app.js";
import { MANAGERS, packagesFor } from "../../src/app/doctor-packages.js";
import { HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld } from "../support/program.js";

/* `doctor` of the built program: on the fake limactl, where all is there, and on a machine that has nothing. */

let world: ProgramWorld;
beforeAll(() => {
  world = makeProgramWorld();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

const statuses = ({ checks }: DoctorDocument) => Object.fromEntries(checks.map(({ id, status }) => [id, status]));

/** KVM and the programs of this machine are what they are; the rest is ours. */
async function look(env: Record<string, string> = {}, cwd = world.root): Promise<DoctorDocument> {
  const { stdout, stderr } = await world.run(["doctor", "--json"], { env, cwd });
  return JSON.parse(stdout || stderr) as DoctorDocument;
}

describe("doctor", () => {
  it("finds limactl, the spec, the repository, LIMA_HOME, and changes nothing", async () => {
    const found = statuses(await look());
    expect(found).toMatchObject({
      limactl: "ok",
      spec: "ok",
      repository: "ok",
      "lima-home": "ok",
      lock: "ok",
      state: "ok",
    });
    expect(world.instances()).toEqual([]);
    expect(world.changes()).toEqual([]);
  });

  it("works without limactl, qemu, git and ssh, and without a home, and says how to get them", async () => {
    const bare = { PATH: "/nonexistent", LIMA_HOME: "", HOME: world.scratch("nobody") };
    const startedMs = performance.now();
    const document = await look(bare, "/");
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(document.ready).toBe(false);
    expect(statuses(document)).toMatchObject({ limactl: "missing", git: "missing", ssh: "missing", spec: "skipped" });
    for (const { status, next } of document.checks) if (status === "missing") expect(next).not.toEqual([]);
    await world.expect(0, "validate");
    expect((await world.run(["doctor"], { env: bare, cwd: "/" })).code).toBe(1);
  });

  it("says that there is no spec, and which command writes one", async () => {
    mkdirSync(world.scratch("empty"), { recursive: true });
    const { checks } = await look({}, world.scratch("empty"));
    expect(checks.find(({ id }) => id === "spec")).toMatchObject({ status: "warning", next: ["limaform init"] });
  });

  it("misses a spec that was named, instead of having one written", async () => {
    const { checks, ready } = await look({ LIMAFORM_CONFIG: "ci/limaform.toml" }, world.scratch(""));
    expect(ready).toBe(false);
    expect(checks.find(({ id }) => id === "spec")).toMatchObject({
      ...{ status: "missing", text: expect.stringContaining(`${world.scratch("ci/limaform.toml")} does not exist`) },
    });
  });

  it("names the problem of a spec with its place", async () => {
    const folder = world.scratch("wrong");
    mkdirSync(folder);
    writeFileSync(join(folder, "limaform.toml"), 'project = "my-app"\nworkers = -1\n');
    const { checks, ready } = await look({}, folder);
    expect(ready).toBe(false);
    expect(checks.find(({ id }) => id === "spec")).toMatchObject({
      ...{ status: "missing", next: ["limaform validate"] },
      text: expect.stringMatching(/limaform\.toml:2:\d+: /),
    });
  });

  it("finds a damaged journal, an old temporary file and a clock that is behind", async () => {
    mkdirSync(world.state, { recursive: true });
    writeFileSync(join(world.state, "journal.ndjson"), "not a line of ours\n{}");
    const old = join(world.state, ".record.json.0123.tmp");
    writeFileSync(old, "");
    const hours = (amount: number) => Date.now() / 1000 + amount * 3600;
    utimesSync(old, hours(-2), hours(-2));
    writeFileSync(join(world.state, "record.json"), "{}");
    utimesSync(join(world.state, "record.json"), hours(5), hours(5));
    // Leftovers of others are found too.
    const temporary = world.scratch("tmp");
    mkdirSync(temporary);
    const { checks } = await look({ TMPDIR: temporary });
    rmSync(old);
    expect(checks.find(({ id }) => id === "leftovers")).toMatchObject({ status: "warning", next: [`rm -r ${old}`] });
    expect(checks.find(({ id }) => id === "clock")).toMatchObject({ status: "warning" });
    expect(checks.find(({ id }) => id === "state")).toMatchObject({
      status: "warning",
      text: expect.stringContaining("damaged"),
    });
  });

  it("names file and key of a Lima default that would open the configuration", async () => {
    const file = join(world.home, "_config", "override.yaml");
    mkdirSync(join(world.home, "_config"), { recursive: true });
    writeFileSync(file, "plain: false\n");
    const found = (await look()).checks.filter(({ id }) => id === "lima-config");
    rmSync(file);
    expect(found).toEqual([expect.objectContaining({ status: "missing", next: [`take plain out of ${file}`] })]);
  });

  it("names a Lima default that Lima cannot read, because nothing is known of any machine then", async () => {
    const file = join(world.home, "_config", "override.yaml");
    mkdirSync(join(world.home, "_config"), { recursive: true });
    const found = async (text: string) => {
      writeFileSync(file, text);
      const { checks } = await look();
      rmSync(file);
      return checks.filter(({ id }) => id === "lima-config");
    };
    expect(await found("rubbish: [\n")).toEqual([
      expect.objectContaining({ status: "missing", next: [`mend or remove ${file}`] }),
    ]);
    expect(await found("")).toEqual([expect.objectContaining({ status: "ok" })]);
  });

  it("does not stumble over a LIMA_HOME that is a file or out of reach", async () => {
    const file = world.scratch("file");
    writeFileSync(file, "");
    for (const path of [file, join(file, "below"), "/root/none/of/ours"]) {
      expect(statuses(await look({ LIMA_HOME: path }))["lima-home"]).toBe("missing");
    }
  });
});

describe("the table of packages", () => {
  const script = fileURLToPath(new URL("../../setup/tools.sh", import.meta.url));
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const tools = ["qemu-system-x86_64", "qemu-system-aarch64", "qemu-img", "ssh", "git", "rsync", "mkfs.ext4"];

  it.each(MANAGERS)("is read for %s by the set-up as by doctor", (manager) => {
    const ask = `root_dir=$1 manager=$2; . <(sed -n '/^package()/,/^}/p' "$3"); shift 3; for tool; do package "$tool"; done`;
    const { stdout, stderr } = spawnSync("bash", ["-c", ask, "bash", root, manager, script, ...tools], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(tools.map((tool) => `${packagesFor(manager, tool).join(" ")}\n`).join(""));
  });
});
