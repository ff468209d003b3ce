import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunDocument } from "../../src/app/app.js";
import { foresee } from "../../src/app/run-early.js";
import { openAppSession } from "../../src/app/session.js";
import type { ErrorDocument } from "../../src/events/event.js";
import { HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld, until, worker } from "../support/program.js";

/* The short way into a run: when it may spare limactl, and when all goes the long way, or is refused. */

describe("a run on workers that have the code", () => {
  let world: ProgramWorld;
  const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", script);
  const note = (name: string) => join(world.home, worker(1), name);
  const records = () => (existsSync(join(world.state, "runs")) ? readdirSync(join(world.state, "runs")) : []);
  /** Ids of one second are in no order. */
  const since = (before: readonly string[]) => records().find((name) => !before.includes(name)) ?? "";
  const leases = () => readdirSync(join(world.state, "leases"));
  const begun = () => Number(readFileSync(world.scratch("count"), "utf8").length);
  const COUNT = () => ["sh", "-c", `printf x >> ${world.scratch("count")}`];

  /** What a run came to, and whether limactl was asked. */
  async function run(code = 0, ...flags: readonly string[]) {
    const before = world.calls().length;
    const { code: ended, stdout, stderr } = await world.run(["run", ...flags, "--json", "--", ...COUNT()]);
    expect(ended, stdout + stderr).toBe(code);
    const document: Partial<RunDocument & ErrorDocument> = JSON.parse(stdout || stderr);
    const error = document.workers?.find((one) => one.error !== null)?.error ?? document;
    return { states: document.workers?.map(({ state }) => state), code: error.code, asked: asked(before) };
  }
  const asked = (before: number) => world.calls().length > before;

  beforeAll(async () => {
    world = makeProgramWorld("workers = 1\n");
    writeFileSync(world.scratch("count"), "");
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());
  afterEach(() => {
    expect(leases()).toEqual([]);
  });

  it("starts without limactl, once, in the session that told where the code stands", async () => {
    expect(await run()).toEqual({ states: ["done"], code: undefined, asked: false });
    const before = records();
    expect(await run(0, "--detach", "--workers", "1")).toEqual({
      states: [expect.stringMatching(/^(?:preparing|working)$/u)],
      code: undefined,
      asked: false,
    });
    await world.expect(0, "runs", "attach", since(before));
    expect(begun()).toBe(2);
  });

  it("opens one session while the spec is read, none with another's worker, and leaves none behind", async () => {
    const [bin, log] = [world.scratch("bin"), world.scratch("sessions")];
    mkdirSync(bin);
    const real = execFileSync("sh", ["-c", "command -v ssh"], { env: world.env, encoding: "utf8" }).trim();
    const noting = `case "$*" in *"echo looked"*) echo $$ >> ${log} ;; esac`;
    writeFileSync(join(bin, "ssh"), `#!/bin/sh\n${noting}\nexec ${real} "$@"\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${world.env.PATH}` };
    const spec = world.spec();
    /** Sessions that a run opened; none of them is left. */
    const sessions = async (code: number) => {
      writeFileSync(log, "");
      const { code: ended, stderr } = await world.run(["run", "--", "true"], { env });
      expect(ended, stderr).toBe(code);
      const pids = readFileSync(log, "utf8").split("\n").filter(Boolean).map(Number);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
      return pids.length;
    };
    const before = records().length;
    expect(await sessions(0)).toBe(1);
    expect(records()).toHaveLength(before + 1);
    world.edit("workers = 1", "workers = one");
    expect(await sessions(1)).toBeLessThanOrEqual(1);
    writeFileSync(join(world.root, "limaform.toml"), spec);
    const marks = readFileSync(note("lima.yaml"), "utf8");
    writeFileSync(note("lima.yaml"), marks.replace(/limaform_owner: .*/u, 'limaform_owner: "0123456789ab"'));
    expect(await sessions(1)).toBe(0);
    writeFileSync(note("lima.yaml"), marks);
    expect(records()).toHaveLength(before + 1);
  });

  it("foresees the workers of the spec's owner alone", async () => {
    const { guestPath } = JSON.parse(readFileSync(note("limaform-push.json"), "utf8"));
    const foresees = async (config: string | null = null) => {
      const options = { command: "run", cwd: world.root, config, project: null, lockTimeoutMs: 0, specFlags: {} };
      const session = openAppSession(
        { ...options, env: world.env, onEvent() {}, isInteractive: false },
        { kinds: async () => [], pid: process.pid, invocation: ["limaform"] },
      );
      const early = foresee(session, { workers: [], parallel: 1 });
      const approach = await early.take({ instance: worker(1), guestPath });
      approach?.close();
      await early.close();
      return approach !== null;
    };
    const marks = readFileSync(note("lima.yaml"), "utf8");
    expect([await foresees(), await foresees("limaform.toml")]).toEqual([true, false]);
    writeFileSync(note("lima.yaml"), marks.replace(/limaform_owner: .*/u, 'limaform_owner: "0123456789ab"'));
    expect(await foresees()).toBe(false);
    writeFileSync(note("lima.yaml"), marks);
  });

  it("gives its secrets and its environment to it as ever", async () => {
    const spec = world.spec();
    world.edit(/$/u, '\n[env]\nPLAIN = "it\'s \\"$HOME\\""\n[secrets]\nTOKEN = { env = "TOKEN" }\n');
    await world.git("commit", "-qam", "secrets");
    await world.expect(0, "sync");
    const [before, runs] = [world.calls().length, records()];
    const shown = await world.run(
      ["run", "--", "sh", "-c", 'printf "%s %s\\n" "$PLAIN" "$(printf %s "$TOKEN" | cksum)"; echo "$TOKEN"'],
      {
        env: { TOKEN: "sk-0123456789-hidden" },
      },
    );
    expect(shown.code, shown.stderr).toBe(0);
    expect(asked(before)).toBe(false);
    const said = readFileSync(join(world.state, "runs", since(runs), "1/stdout.log"), "utf8");
    expect(said).toMatch(/^it's "\$HOME" \d+ 20\n\[secret TOKEN\]\n$/u);
    writeFileSync(join(world.root, "limaform.toml"), spec);
    await world.git("commit", "-qam", "none");
    await world.expect(0, "sync");
  });

  it("goes the long way where the code is not there, or the worker has moved; then it runs all the same", async () => {
    world.write("more.txt", "more\n");
    expect(await run()).toMatchObject({ states: ["done"], asked: true });
    rmSync(join(world.root, "more.txt"));
    await world.expect(0, "sync");
    await inside("echo mine > mine.txt");
    const named = records().length;
    expect(await run()).toMatchObject({ asked: true });
    // The name that it was to have when the worker was asked is gone.
    expect(records()).toHaveLength(named + 1);
    const [id = ""] = (await world.json<{ results: { id: string }[] }>(0, "results", "list")).results.map(
      ({ id }) => id,
    );
    await world.expect(0, "results", "discard", id);
    await inside("rm mine.txt; git reset -q --hard refs/limaform/base");
    expect((await run(0, "--continue")).asked).toBe(true);
    expect((await run()).asked).toBe(false);
  });

  it("leaves no name of a run behind that cannot be started", async () => {
    const before = records();
    const { code, stdout, stderr } = await world.run(["run", "x", "--agent", "nobody", "--json"]);
    expect([code, JSON.parse(stdout || stderr).code]).toEqual([1, "RUN_NO_AGENT"]);
    expect(records()).toEqual(before);
  });

  it("goes the long way where the files beside the worker do not tell", async () => {
    const text = readFileSync(note("lima.yaml"), "utf8");
    writeFileSync(note("lima.yaml"), text.replace("limaform_hold:", "limaform_hold :"));
    expect((await run()).asked).toBe(true);
    writeFileSync(note("lima.yaml"), text);
    // Lima merges it into each instance: it may change marks, and open the configuration.
    const config = join(world.home, "_config");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "override.yaml"), "param:\n  other: x\n");
    expect((await run()).asked).toBe(true);
    rmSync(join(config, "override.yaml"));
    const push = readFileSync(note("limaform-push.json"), "utf8");
    rmSync(note("limaform-push.json"));
    expect((await run()).asked).toBe(true);
    writeFileSync(note("limaform-push.json"), push);
    expect((await run()).asked).toBe(false);
  });

  it("never starts on what is another's, and writes nothing of it", async () => {
    const [before, count] = [records(), begun()];
    const text = readFileSync(note("lima.yaml"), "utf8");
    for (const [mark, other] of [
      [/limaform_owner: .*/u, 'limaform_owner: "0123456789ab"'],
      [/limaform_name: .*/u, 'limaform_name: "somebody-elses"'],
    ] as const) {
      expect(text).toMatch(mark);
      writeFileSync(note("lima.yaml"), text.replace(mark, other));
      const { states, asked } = await run(mark.source.includes("owner") ? 1 : 64);
      expect([states, asked]).toEqual([undefined, true]);
    }
    writeFileSync(note("lima.yaml"), text);
    expect([records(), begun()]).toEqual([before, count]);
  });

  it("is refused where another holds the worker, or a run is live or left there", async () => {
    const before = begun();
    const live = world.start(["run", "--", "sh", "-c", `until [ -e ${world.scratch("go")} ]; do sleep 0.05; done`]);
    await until("a run holds the worker", () => existsSync(join(world.state, "leases", `${worker(1)}.json`)));
    expect(await run(1)).toMatchObject({ code: "RUN_WORKER_BUSY" });
    writeFileSync(world.scratch("go"), "");
    expect((await live.ended).code).toBe(0);
    await run(0, "--detach");
    expect(await run(1)).toMatchObject({ code: "RUN_WORKER_BUSY" });
    expect((await run(0, "--queue")).states).toEqual(["done"]);
    expect(begun()).toBe(before + 2);
  });

  it("never speaks to a machine with another key, and tells what is wrong with one that does not run", async () => {
    const count = begun();
    const key = join(world.home, "_fake", "guests", worker(1), "etc/ssh/ssh_host_ed25519_key.pub");
    const own = readFileSync(key, "utf8");
    writeFileSync(key, `ssh-ed25519 ${"B".repeat(68)}\n`);
    expect(await run(1)).toMatchObject({ code: "GUEST_HOST_KEY_CHANGED", asked: true });
    writeFileSync(key, own);
    await world.expect(0, "stop", "1", "--yes");
    expect(await run(1)).toMatchObject({ code: "RUN_WORKER_NOT_READY", asked: true });
    expect(begun()).toBe(count);
  });
});
