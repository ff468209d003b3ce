import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SyncDocument } from "../../src/app/app.js";
import {
  HOOK_LIMIT_MS,
  isAlive,
  makeFolderWorld,
  makeProgramWorld,
  type ProgramWorld,
  until,
  worker,
} from "../support/program.js";

/* The look that spares a push of nothing: what it may say without limactl, and when it may not. */

const outcomes = ({ workers }: SyncDocument) => workers.map(({ slot, outcome }) => `${slot} ${outcome}`);

/** What `sync` came to, and whether limactl was asked. */
async function sync(world: ProgramWorld, code = 0, ...more: readonly string[]) {
  const before = world.calls().length;
  const said = outcomes(await world.json<SyncDocument>(code, "sync", ...more));
  return { said, asked: world.calls().length > before };
}

describe("a sync of nothing in git mode", () => {
  let world: ProgramWorld;
  const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", script);
  const note = (name: string) => join(world.home, worker(1), name);

  beforeAll(async () => {
    world = makeProgramWorld("workers = 1\n");
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it("asks the worker alone, and neither limactl nor a lease", async () => {
    expect(await sync(world)).toEqual({ said: ["1 unchanged"], asked: false });
    expect(await sync(world, 0, "1", "--dry-run")).toEqual({ said: ["1 unchanged"], asked: false });
    expect(existsSync(join(world.state, "leases", `${worker(1)}.json`))).toBe(false);
  });

  it("asks it once, before the spec is read, never another's, and waits for no answer in vain", async () => {
    const [bin, log] = [world.scratch("bin"), world.scratch("looks")];
    mkdirSync(bin);
    const real = execFileSync("sh", ["-c", "command -v ssh"], { env: world.env, encoding: "utf8" }).trim();
    const noting = `case "$*" in *"base %s"*) echo $$ >> ${log}; [ ! -e ${log}.hang ] || exec sleep 600 ;; esac`;
    writeFileSync(join(bin, "ssh"), `#!/bin/sh\n${noting}\nexec ${real} "$@"\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${world.env.PATH}` };
    /** Looks at the worker of a sync; none of them is left. */
    const looks = async (code: number) => {
      writeFileSync(log, "");
      const { code: ended, stdout, stderr } = await world.run(["sync"], { env });
      expect(ended, stdout + stderr).toBe(code);
      const pids = readFileSync(log, "utf8").split("\n").filter(Boolean).map(Number);
      await until("no look is left", () => !pids.some(isAlive));
      return pids.length;
    };
    expect(await looks(0)).toBe(1);
    const [spec, marks] = [world.spec(), readFileSync(note("lima.yaml"), "utf8")];
    world.edit("workers = 1", "workers = one");
    writeFileSync(`${log}.hang`, "");
    expect(await looks(1)).toBe(1);
    rmSync(`${log}.hang`);
    writeFileSync(join(world.root, "limaform.toml"), spec);
    writeFileSync(note("lima.yaml"), marks.replace(/limaform_owner: .*/u, 'limaform_owner: "0123456789ab"'));
    expect(await looks(1)).toBe(0);
    writeFileSync(note("lima.yaml"), marks);
  });

  it("goes the whole way where the worker has moved, or holds something of its own", async () => {
    await inside("echo mine > mine.txt");
    expect(await sync(world, 1)).toEqual({ said: ["1 diverged"], asked: true });
    await inside("rm mine.txt; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m mine");
    expect(await sync(world, 1)).toEqual({ said: ["1 diverged"], asked: true });
    await inside("git reset -q --hard HEAD~1; git checkout -q -b other");
    expect((await sync(world)).asked).toBe(true);
    expect(await sync(world)).toEqual({ said: ["1 unchanged"], asked: false });
  });

  it("goes the whole way where the files beside the worker do not tell", async () => {
    rmSync(note("limaform-push.json"));
    expect(await sync(world)).toEqual({ said: ["1 unchanged"], asked: true });
    expect(await sync(world)).toEqual({ said: ["1 unchanged"], asked: false });
    const text = readFileSync(note("lima.yaml"), "utf8");
    writeFileSync(note("lima.yaml"), text.replace("limaform_hold:", "limaform_hold :"));
    expect((await sync(world)).asked).toBe(true);
    writeFileSync(note("lima.yaml"), text);
    // Lima merges it into each instance: it may change marks.
    const config = join(world.home, "_config");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "override.yaml"), "param:\n  other: x\n");
    expect((await sync(world)).asked).toBe(true);
    rmSync(join(config, "override.yaml"));
  });

  it("goes the whole way where something is to be brought", async () => {
    world.write("draft.txt", "draft\n");
    expect(await sync(world)).toEqual({ said: ["1 updated"], asked: true });
    rmSync(join(world.root, "draft.txt"));
    expect(await sync(world)).toEqual({ said: ["1 updated"], asked: true });
  });

  it("tells what is wrong with a worker that does not answer", async () => {
    await world.expect(0, "stop", "1", "--yes");
    const { workers } = await world.json<SyncDocument>(1, "sync");
    expect(workers[0]?.error?.code).toBe("GUEST_NOT_RUNNING");
  });
});

describe("a sync of nothing in files mode", () => {
  let world: ProgramWorld;
  beforeAll(async () => {
    world = makeFolderWorld({ "src/a.txt": "one\n", "b.txt": "b\n" });
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it("asks the worker alone, as long as no file that was brought is gone here or changed there", async () => {
    expect(await sync(world)).toEqual({ said: ["1 unchanged"], asked: false });
    rmSync(join(world.root, "b.txt"));
    expect((await sync(world)).asked).toBe(true);
    // It stays there without consent, and that is told each time.
    expect((await sync(world)).asked).toBe(true);
    await world.expect(0, "sync", "--delete", "--yes");
    expect(await sync(world)).toEqual({ said: ["1 unchanged"], asked: false });
    await world.expect(0, "shell", "1", "--", "sh", "-c", "echo more >> src/a.txt");
    expect(await sync(world, 1)).toEqual({ said: ["1 diverged"], asked: true });
  });
});
