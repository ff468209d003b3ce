import { readFileSync } from "node:fs";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instanceProcesses } from "../../src/adapters/lima/ownership.js";
import { dummyTemplate, type LimaWorld, makeLimaWorld, marks } from "../support/lima.js";

/* The parts of the Lima and SSH adapters that need a VM, against fake limactl and ssh. */

let world: LimaWorld;
beforeEach(async () => {
  world = await makeLimaWorld("fake");
});
afterEach(() => world.cleanUp());

const NAME = "shop-worker-1";
const create = (name = NAME) => world.lima.writer.create(name, dummyTemplate(name), world.options);
const reports: string[] = [];
const report = (text: string) => reports.push(text);
const start = (name = NAME) => world.lima.writer.start(name, { ...world.options, report });
const ready = (name = NAME) => world.guest.waitReady(name, { ...world.options, report });
const exec = (...argv: readonly string[]) => world.guest.exec(NAME, { argv }, world.options);
const status = async (name = NAME) => (await world.lima.reader.inspect(name))?.status;
const code = (value: string) => expect.objectContaining({ code: value });

describe("start and stop", () => {
  it("go from stopped to running and back; both are done when they were done before", async () => {
    await create();
    await start();
    expect(await status()).toBe("running");
    await start();
    await world.lima.writer.stop(NAME, { ...world.options, force: false });
    expect(await status()).toBe("stopped");
    await world.lima.writer.stop(NAME, { ...world.options, force: false });
    expect((await world.calls()).filter(({ verb }) => verb === "start")).toHaveLength(1);
  });

  it("gives every changing call an empty templates folder, our QEMU and a working directory of its own", async () => {
    await create();
    await start();
    const call = (await world.calls()).find(({ verb }) => verb === "start");
    expect(call?.cwd).toBe(join(world.state, "scratch"));
    expect(await readdir(call?.env.LIMA_TEMPLATES_PATH ?? "")).toEqual([]);
    expect(call?.env.QEMU_SYSTEM_X86_64).toContain("accel=tcg");
  });

  it("tries a second time when the host agent missed its five seconds", async () => {
    const message = "hostagent (`/x/ha.pid`) did not start up in 5s (hint: see `/x/ha.stderr.log`)";
    await world.configure({ faults: [{ verb: "start", nth: 1, do: "fail", message }] });
    await create();
    await start();
    expect(await status()).toBe("running");
  });

  it("passes on a start timeout; the VM may become ready later", async () => {
    const message = 'did not receive an event with the "running" status';
    await world.configure({ faults: [{ verb: "start", do: "fail", at: "booted", message }] });
    await create();
    await expect(start()).rejects.toEqual(code("LIMA_START_TIMEOUT"));
    expect(await status()).toBe("running");
  });

  it("ends a waiting start on the signal and leaves the VM booting", async () => {
    await world.configure({ bootMs: 60_000 });
    await create();
    const controller = new AbortController();
    const starting = world.lima.writer.start(NAME, {
      ...world.options,
      signal: controller.signal,
      report: (text) => {
        if (text.includes("essential requirement")) controller.abort(new Error("interrupted"));
      },
    });
    await expect(starting).rejects.toThrow("interrupted");
    expect(await status()).toBe("running");
  });

  const panic = async (at: string) => {
    await expect.poll(() => status(), { timeout: 10_000 }).toBe("running");
    const log = join(world.home, NAME, "serial.log");
    await appendFile(log, `[    ${at}] Kernel panic - not syncing: Attempted to kill init!\n`);
  };

  it("starts a VM whose kernel panicked once more, instead of waiting for it", async () => {
    await world.configure({ bootMs: 60_000 });
    await create();
    const starting = start();
    await expect.poll(() => status(), { timeout: 10_000 }).toBe("running");
    await world.configure({});
    await panic("4.2");
    await starting;
    expect(reports.filter((text) => text.includes("its kernel panicked"))).toEqual(["its kernel panicked, once more"]);
    expect(await status()).toBe("running");
    expect((await world.calls()).filter(({ verb }) => verb === "start")).toHaveLength(2);
  });

  it("stops a VM whose kernel panicked a second time", async () => {
    await world.configure({ bootMs: 60_000 });
    await create();
    reports.length = 0;
    const starting = start();
    const ended = expect(starting).rejects.toMatchObject({ code: "LIMA_GUEST_PANIC", isTransient: true });
    await panic("4.2");
    await expect.poll(() => reports, { timeout: 20_000 }).toContain("its kernel panicked, once more");
    await panic("5.3");
    await ended;
    expect(await status()).toBe("stopped");
  });

  it("adds the host agent's last lines to a failed start, and reads the reason from them", async () => {
    await world.configure({ faults: [{ verb: "start", do: "fail", message: "exiting, status={Exiting:true}" }] });
    await create();
    await writeFile(
      join(world.home, NAME, "ha.stderr.log"),
      '{"level":"error","msg":"failed to initialize kvm: Permission denied"}\n',
    );
    await expect(start()).rejects.toMatchObject({
      code: "LIMA_ACCELERATION",
      details: { hostAgentLog: ["failed to initialize kvm: Permission denied"] },
    });
  });

  it("refuses a half-dead VM and takes it up again after a stop by force", async () => {
    await create();
    await start();
    const agent = (await instanceProcesses(join(world.home, NAME))).find(({ file }) => file.endsWith("ha.pid"));
    process.kill(agent?.pid ?? 0, "SIGKILL");
    await expect.poll(() => status()).toBe("broken");
    await expect(start()).rejects.toEqual(code("LIMA_HALF_DEAD"));
    await expect(world.lima.writer.stop(NAME, { ...world.options, force: false })).rejects.toEqual(
      code("LIMA_HALF_DEAD"),
    );
    await world.lima.writer.stop(NAME, { ...world.options, force: true });
    await start();
    expect(await status()).toBe("running");
  });

  it("refuses to clone or edit a running VM", async () => {
    await create();
    await start();
    const clone = world.lima.writer.clone(NAME, "shop-worker-2", { marks: marks("shop-worker-2") }, world.options);
    await expect(clone).rejects.toEqual(code("LIMA_WRONG_STATUS"));
    await expect(world.lima.writer.edit(NAME, { cpus: 2 }, world.options)).rejects.toEqual(code("LIMA_WRONG_STATUS"));
  });

  it("deletes a running VM with its processes", async () => {
    await create();
    await start();
    const pids = (await instanceProcesses(join(world.home, NAME))).map(({ pid }) => pid);
    await world.lima.writer.delete(NAME, world.options);
    expect(pids).toHaveLength(2);
    expect(await world.lima.reader.list()).toEqual({ instances: [], failures: [] });
  });
});

describe("a clone that is cut off", () => {
  const cloneCutAt = async (at: string) => {
    await create("shop-tools-1");
    await world.configure({ faults: [{ verb: "clone", at, do: "kill" }] });
    const controller = new AbortController();
    const options = { ...world.options, signal: controller.signal };
    const cloning = world.lima.writer.clone("shop-tools-1", NAME, { marks: marks(NAME) }, options);
    await expect(cloning).rejects.toMatchObject({ details: { signal: "SIGKILL" } });
  };

  it("before lima.yaml was there leaves nothing", async () => {
    await cloneCutAt("mid");
    expect(await world.lima.reader.inspect(NAME)).toBeNull();
  });

  it("before its marks were written leaves nothing", async () => {
    await cloneCutAt("unedited");
    expect(await world.lima.reader.inspect(NAME)).toBeNull();
  });

  it("together with us is recognised by what it leaves", async () => {
    await create("shop-tools-1");
    await world.configure({ faults: [{ verb: "clone", at: "unedited", do: "kill" }] });
    world.limactl("clone", "shop-tools-1", NAME, "--param", "limaform_hold=x");
    expect(await world.lima.reader.inspect(NAME)).toMatchObject({
      status: "stopped",
      marks: { kind: "marks", marks: { name: "shop-tools-1" } },
    });
  });
});

describe("a listing", () => {
  it("that fails as a whole throws, and is not taken for an empty one", async () => {
    await create();
    await world.configure({ faults: [{ verb: "list", do: "fail", message: "something new" }] });
    await expect(world.again().reader.list()).rejects.toMatchObject({
      code: "LIMA_FAILED",
      message: "cannot list the instances: something new",
      details: { exitCode: 1, stderr: ["something new"] },
    });
  });

  it("is one call of limactl for all instances", async () => {
    await create("shop-tools-1");
    await create(NAME);
    const before = (await world.calls()).length;
    await world.lima.reader.list();
    expect((await world.calls()).length - before).toBe(1);
  });
});

describe("a guest", () => {
  beforeEach(async () => {
    await create();
  });

  it("is waited for until it answers, and its host key is pinned", async () => {
    await world.configure({ sshDelayMs: 1_500, bootMs: 2_500 });
    await start();
    expect(await world.lima.files.readHostKey(NAME)).toBeNull();
    await ready();
    expect(await world.lima.files.readHostKey(NAME)).toMatch(/^ssh-ed25519 /);
  });

  it("runs commands with arguments, environment, folder and input exactly as given", async () => {
    await start();
    await ready();
    const result = await world.guest.exec(
      NAME,
      {
        argv: ["sh", "-c", 'pwd; echo "$A|$1"; cat', "sh", "it's $HOME"],
        cwd: "~/my dir",
        env: { A: "x y" },
        stdin: "in\n",
      },
      world.options,
    );
    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("my dir") });
    await exec("mkdir", "my dir");
    const again = await world.guest.exec(
      NAME,
      {
        argv: ["sh", "-c", 'pwd; echo "$A|$1"; cat', "sh", "it's $HOME"],
        cwd: "~/my dir",
        env: { A: "x y" },
        stdin: "in\n",
      },
      world.options,
    );
    expect(again.stdout).toMatch(/\/home\/agent\/my dir\nx y\|it's \$HOME\nin\n$/);
  });

  it("gives the command's exit code, and 254 for its 255", async () => {
    await start();
    await ready();
    expect((await exec("sh", "-c", "exit 7")).exitCode).toBe(7);
    expect((await exec("sh", "-c", "exit 255")).exitCode).toBe(254);
  });

  it("hands out lines safe for a terminal, and the raw text in the result", async () => {
    await start();
    await ready();
    const lines: string[] = [];
    const options = { ...world.options, onLine: (line: string) => lines.push(line) };
    const { stdout } = await world.guest.exec(NAME, { argv: ["printf", "\\033[2Ja\\n"] }, options);
    expect(lines).toEqual(["\\x1b[2Ja"]);
    expect(stdout).toBe("\x1b[2Ja\n");
  });

  it("that does not run, or never started, is named so", async () => {
    await expect(exec("true")).rejects.toEqual(code("GUEST_NOT_RUNNING"));
    await start();
    await ready();
    await world.lima.writer.stop(NAME, { ...world.options, force: false });
    await expect(exec("true")).rejects.toEqual(code("GUEST_NOT_RUNNING"));
    await expect(ready()).rejects.toEqual(code("GUEST_NOT_RUNNING"));
  });

  it("without a pinned key is not talked to", async () => {
    await start();
    await expect(exec("true")).rejects.toEqual(code("GUEST_NOT_READY"));
  });

  it("with another host key than the pinned one gets nothing", async () => {
    await start();
    await ready();
    const key = join(world.home, "_fake", "guests", NAME, "etc", "ssh", "ssh_host_ed25519_key.pub");
    await writeFile(key, `ssh-ed25519 ${"B".repeat(68)}\n`);
    await expect(exec("touch", "seen")).rejects.toEqual(code("GUEST_HOST_KEY_CHANGED"));
    await expect(ready()).rejects.toEqual(code("GUEST_HOST_KEY_CHANGED"));
    expect(await readdir(join(world.home, "_fake", "guests", NAME, "home", "agent"))).toEqual([]);
  });

  it("that is a clone has not inherited its source's address", async () => {
    await start();
    await ready();
    await world.lima.writer.stop(NAME, { ...world.options, force: false });
    await world.lima.writer.clone(NAME, "shop-worker-2", { marks: marks("shop-worker-2") }, world.options);
    const asking = world.guest.exec("shop-worker-2", { argv: ["true"] }, world.options);
    await expect(asking).rejects.toEqual(code("GUEST_NOT_RUNNING"));
    expect(await world.lima.files.readHostKey("shop-worker-2")).toBeNull();
  });

  it("gives other programs a configuration without agent, forwards or the user's own files", async () => {
    await start();
    await ready();
    const config = await world.guest.sshConfig(NAME);
    for (const line of [
      "ForwardAgent no",
      "ClearAllForwardings yes",
      "StrictHostKeyChecking yes",
      "IdentityAgent none",
    ]) {
      expect(config).toContain(`  ${line}\n`);
    }
    const { command, host } = await world.guest.sshCommand(NAME);
    expect(host).toBe("lima-shop-worker-1");
    expect(command).toContain(`-F ${join(world.home, NAME, "limaform-ssh.config")}`);
    expect(readFileSync(join(world.home, NAME, "limaform-known_hosts"), "utf8")).toBe(
      `lima-shop-worker-1 ${await world.lima.files.readHostKey(NAME)}\n`,
    );
  });

  it("runs a command as root in a folder of the login", async () => {
    await start();
    await ready();
    await exec("mkdir", "work");
    const { stdout } = await world.guest.exec(NAME, { argv: ["pwd"], asRoot: true, cwd: "~/work" }, world.options);
    expect(stdout).toMatch(/\/home\/agent\/work\n$/);
    expect(await readFile(join(world.home, "_fake", "guests", NAME, "sudo.log"), "utf8")).toContain("sudo sh -c");
  });
});
