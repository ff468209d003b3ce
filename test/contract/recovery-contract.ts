import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dummyTemplate, type LimaKind, type LimaWorld, makeLimaWorld } from "../support/lima.js";

/**
 * The recovery matrix with instances that cannot boot: pid files that name real processes, sockets that nobody answers,
 * files that are gone. Processes of ours are `sleep` under the name and with the arguments of the real ones. Linux.
 */
export function recoveryContract(kind: LimaKind): void {
  const NAME = "shop-worker-1";
  let world: LimaWorld;
  const children: ChildProcess[] = [];
  const servers: Server[] = [];
  beforeEach(async () => {
    world = await makeLimaWorld(kind, { graceMs: 1_000 });
    await world.lima.writer.create(NAME, dummyTemplate(NAME), world.options);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const server of servers.splice(0)) server.close();
    await world.cleanUp();
  });

  const fileOf = (file: string) => join(world.home, NAME, file);
  const inspect = () => world.lima.reader.inspect(NAME);
  const status = async () => (await inspect())?.status;
  const said: string[] = [];
  const options = () => ({ ...world.options, report: (text: string) => void said.push(text) });
  /** A process that lives until the end of the test. */
  const live = (argv0: string, ...args: readonly string[]): ChildProcess => {
    // Names of files that are not there disturb `tail` as little as the real arguments.
    const child = spawn("tail", ["-f", "/dev/null", "--", ...args], { argv0, stdio: "ignore" });
    children.push(child);
    return child;
  };
  const qemu = () => live("qemu-system-x86_64", "-drive", `file=${fileOf("disk")}`);
  const agent = () => live("limactl", "hostagent", "--pidfile", fileOf("ha.pid"), NAME);
  const stranger = () => live("sh", "somebody-else");
  const writePid = (file: string, child: ChildProcess) => writeFile(fileOf(file), `${child.pid}\n`);
  const deadPid = async (): Promise<number> => {
    const child = spawn("true", { stdio: "ignore" });
    await new Promise((resolve) => child.once("exit", resolve));
    return child.pid ?? 0;
  };
  const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;
  const ended = (child: ChildProcess) =>
    isAlive(child) ? new Promise((resolve) => child.once("exit", resolve)) : Promise.resolve();
  const pidFiles = () => ["ha.pid", "qemu.pid"].filter((file) => existsSync(fileOf(file)));

  describe("after a reboot of the host", () => {
    it("process ids of nobody count for nothing", async () => {
      for (const file of ["ha.pid", "qemu.pid"]) await writeFile(fileOf(file), `${await deadPid()}\n`);
      await writeFile(fileOf("ha.sock"), "");
      expect(await status()).toBe("stopped");
      expect(pidFiles()).toEqual([]);
    });

    it.each([["ha.pid"], ["qemu.pid"], ["ha.pid", "qemu.pid"]])(
      "ids of other programs (%s %s) are half dead, and a repair forgets them and spares the programs",
      async (...files) => {
        const there = files.filter((file) => file !== undefined);
        const others = there.map(() => stranger());
        for (const [place, file] of there.entries()) await writePid(file, others[place] as ChildProcess);
        // Two live processes are a running instance for the fake; Lima itself asks the host agent.
        if (kind === "real" || there.length === 1) expect(await status()).toBe("broken");
        if (kind === "fake" && there.length === 2) return;
        expect(await world.lima.writer.repair(NAME, options())).toBe("stopped");
        expect(pidFiles()).toEqual([]);
        expect(others.every(isAlive)).toBe(true);
        expect(await status()).toBe("stopped");
      },
    );

    it("a stop by force spares the programs that have its old ids", async () => {
      const other = stranger();
      await writePid("qemu.pid", other);
      await world.lima.writer.stop(NAME, { ...world.options, force: true });
      expect([isAlive(other), await status()]).toEqual([true, "stopped"]);
    });
  });

  describe("a half-dead instance", () => {
    it("whose host agent is gone has its QEMU ended", async () => {
      const child = qemu();
      await writePid("qemu.pid", child);
      expect(await inspect()).toMatchObject({
        status: "broken",
        errors: [expect.stringContaining("driver is running but host agent is not")],
      });
      expect(await world.lima.writer.repair(NAME, options())).toBe("stopped");
      await ended(child);
      expect([await status(), pidFiles()]).toEqual(["stopped", []]);
    });

    it("whose QEMU is gone has its host agent ended, also where that never answered", async ({ skip }) => {
      skip(kind === "fake", "the fake asks no host agent");
      const child = agent();
      await writePid("ha.pid", child);
      const server = createServer(() => {});
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(fileOf("ha.sock"), resolve));
      const found = await inspect();
      expect(found?.status).toBe("broken");
      expect(found?.errors.join()).toMatch(/failed to (get Info from|connect to)/);
      expect(await world.lima.writer.repair(NAME, options())).toBe("stopped");
      await ended(child);
      expect([await status(), pidFiles()]).toEqual(["stopped", []]);
    });

    it("that becomes whole by itself is waited for and not ended", async () => {
      const [driver, host] = [qemu(), agent()];
      await writePid("qemu.pid", driver);
      setTimeout(() => driver.kill("SIGKILL"), 500);
      expect(await world.lima.writer.repair(NAME, options())).toBe("stopped");
      expect(isAlive(host)).toBe(true);
      host.kill("SIGKILL");
    });

    it("at which a limactl of ours works is given that one's time, not only the grace", async () => {
      const child = qemu();
      await writePid("qemu.pid", child);
      const starting = live("limactl", "start", NAME);
      const began = performance.now();
      const report = (text: string) => {
        said.push(text);
        if (text.includes("limactl that works on it")) setTimeout(() => starting.kill("SIGKILL"), 2_500);
      };
      expect(await world.lima.writer.repair(NAME, { ...options(), report })).toBe("stopped");
      expect(performance.now() - began).toBeGreaterThan(2_400);
      expect(said).toContain("waiting for the limactl that works on it");
    });

    it("is not stopped gently, and the hint says how it is", async () => {
      await writePid("qemu.pid", qemu());
      const stopping = world.lima.writer.stop(NAME, { ...world.options, force: false });
      await expect(stopping).rejects.toMatchObject({ code: "LIMA_HALF_DEAD", hint: `limactl stop -f ${NAME}` });
    });
  });

  describe("a process that no pid file names any more", () => {
    it("keeps a start from putting two VMs on one disk", async () => {
      const child = qemu();
      expect(await status()).toBe("stopped");
      await expect(world.lima.writer.start(NAME, options())).rejects.toMatchObject({
        code: "LIMA_HALF_DEAD",
        message: expect.stringContaining(`qemu-system-x86_64 still runs (process ${child.pid})`),
        hint: expect.stringContaining(`kill ${child.pid}`),
      });
      expect(isAlive(child)).toBe(true);
    });

    it("ends with its instance", async () => {
      const [child, other] = [qemu(), stranger()];
      await world.lima.writer.delete(NAME, world.options);
      await ended(child);
      expect([existsSync(fileOf("lima.yaml")), isAlive(other)]).toEqual([false, true]);
    });
  });

  describe("an instance whose disk is gone", () => {
    it("is known for it, and never started: Lima would make a new disk from the base image", async () => {
      await rm(fileOf("disk"));
      expect(await inspect()).toMatchObject({ status: "stopped", damage: { code: "disk_lost" } });
      await expect(world.lima.writer.start(NAME, options())).rejects.toMatchObject({ code: "LIMA_DISK_LOST" });
      expect(existsSync(fileOf("disk"))).toBe(false);
      await world.lima.writer.delete(NAME, world.options);
      expect(await inspect()).toBeNull();
    });
  });

  describe("the note of a repair in vain", () => {
    const note = (text: string | null) =>
      world.lima.files.writeRepair(NAME, text === null ? null : { at: "2026-01-01T00:00:00Z", text });

    it("counts until it is taken away, or the VM was started again since", async () => {
      await note("no driver");
      expect(await inspect()).toMatchObject({ damage: { code: "repair_failed" } });
      await writeFile(fileOf("ha.pid"), `${await deadPid()}\n`);
      await utimes(fileOf("ha.pid"), new Date(), new Date(Date.now() + 60_000));
      // Lima itself removes the file of a dead process; what it said about the time is read before.
      await writePid("ha.pid", stranger());
      await utimes(fileOf("ha.pid"), new Date(), new Date(Date.now() + 60_000));
      expect((await inspect())?.damage).toBeUndefined();
      await rm(fileOf("ha.pid"), { force: true });
      await note(null);
      expect((await inspect())?.damage).toBeUndefined();
    });

    it("does not go to what is cloned from the instance", async () => {
      await note("no driver");
      const text = readFileSync(fileOf("limaform-repair.json"), "utf8");
      await writeFile(fileOf("limaform-repair.json"), text.replace(NAME, "shop-golden-1"));
      expect((await inspect())?.damage).toBeUndefined();
    });
  });
}
