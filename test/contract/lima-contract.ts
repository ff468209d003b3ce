import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, link, mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dummyTemplate, type LimaKind, type LimaWorld, MIB, makeLimaWorld, marks } from "../support/lima.js";

/**
 * What the Lima adapter promises, held against real limactl with instances that cannot boot, and against the fake one:
 * so the fake cannot be kinder than Lima. Needs `qemu-img`.
 */
export function limaContract(kind: LimaKind): void {
  let world: LimaWorld;
  beforeEach(async () => {
    world = await makeLimaWorld(kind);
  });
  afterEach(() => world.cleanUp());

  const create = (name: string, extra?: Parameters<typeof dummyTemplate>[1]) =>
    world.lima.writer.create(name, dummyTemplate(name, extra), world.options);
  const inspect = (name: string) => world.lima.reader.inspect(name);
  const code = (value: string) => expect.objectContaining({ code: value });
  const chainOf = (name: string): readonly string[] => {
    const disk = join(world.home, name, "disk");
    const { stdout } = spawnSync("qemu-img", ["info", "-U", "--backing-chain", "--output=json", disk], {
      encoding: "utf8",
    });
    return JSON.parse(stdout).map((entry: { filename: string }) => entry.filename);
  };

  describe("listing", () => {
    it("finds nothing in a home that is empty", async () => {
      expect(await world.lima.reader.list()).toEqual({ instances: [], failures: [] });
    });

    it("shows a created instance with its marks and sizes, stopped and closed", async () => {
      await create("shop-tools-1");
      const { instances, failures } = await world.lima.reader.list();
      expect(failures).toEqual([]);
      expect(instances).toMatchObject([
        {
          name: "shop-tools-1",
          dir: join(world.home, "shop-tools-1"),
          status: "stopped",
          hasConfig: true,
          marks: { kind: "marks", marks: marks("shop-tools-1") },
          vmType: "qemu",
          cpus: 1,
          memoryBytes: 256 * MIB,
          diskBytes: MIB,
          hostname: "lima-shop-tools-1",
          isProtected: false,
          openConfig: [],
          readyAt: null,
          lastPush: null,
        },
      ]);
    });

    it("sorts by name and passes over folders that Lima does not take for instances", async () => {
      await create("shop-tools-b");
      await create("shop-tools-B");
      await create("shop-tools-1");
      await mkdir(join(world.home, "_own"), { recursive: true });
      await mkdir(join(world.home, ".hidden"));
      const { instances } = await world.lima.reader.list();
      expect(instances.map(({ name }) => name)).toEqual(["shop-tools-1", "shop-tools-B", "shop-tools-b"]);
    });

    it("lists a folder without lima.yaml as broken, without configuration and marks", async () => {
      await mkdir(join(world.home, "shop-worker-1"));
      const { instances, failures } = await world.lima.reader.list();
      expect(instances).toMatchObject([
        { name: "shop-worker-1", status: "broken", hasConfig: false, marks: { kind: "none" } },
      ]);
      expect(instances[0]?.errors[0]).toContain("no such file or directory");
      expect(failures).toEqual([]);
    });

    it("names an instance with a garbled lima.yaml as unreadable and lists the others", async () => {
      await create("shop-tools-1");
      await create("shop-tools-2");
      await writeFile(join(world.home, "shop-tools-2", "lima.yaml"), "images: [\n");
      const { instances, failures } = await world.lima.reader.list();
      expect(instances).toMatchObject([
        { name: "shop-tools-1", status: "stopped" },
        { name: "shop-tools-2", status: "unreadable", marks: { kind: "unknown" } },
      ]);
      expect(failures).toMatchObject([{ instance: "shop-tools-2" }]);
    });

    it("knows nothing of the marks when the user's override changes one", async () => {
      await create("shop-tools-1");
      await writeFile(join(world.home, "_config", "override.yaml"), "param: {limaform_owner: ffffffffffff}\n");
      expect((await inspect("shop-tools-1"))?.marks).toMatchObject({ kind: "unknown" });
    });

    it("finds no marks in an instance of somebody else", async () => {
      const foreign = dummyTemplate("x").replace(/^param:\n( {2}.*\n)+/m, "");
      await world.lima.writer.create("theirs", foreign, world.options);
      expect((await inspect("theirs"))?.marks).toEqual({ kind: "none" });
    });

    it("gives null for an instance that is not there", async () => {
      expect(await inspect("shop-worker-1")).toBeNull();
    });

    it("counts our files beside an instance only where they name it", async () => {
      const { files, writer } = world.lima;
      const push = { commit: "c", carriedDigest: "", base: "c", at: "2026-01-01T00:00:00Z" };
      const key = `ssh-ed25519 ${"A".repeat(68)}`;
      await create("shop-tools-1");
      await files.writeReady("shop-tools-1", "2026-01-01T00:00:00Z");
      await files.writePush("shop-tools-1", push);
      await files.pinHostKey("shop-tools-1", key);
      await writer.clone("shop-tools-1", "shop-worker-1", { marks: marks("shop-worker-1") }, world.options);
      expect(existsSync(join(world.home, "shop-worker-1", "limaform-ready.json"))).toBe(true);
      expect(await inspect("shop-tools-1")).toMatchObject({ readyAt: "2026-01-01T00:00:00Z", lastPush: push });
      expect(await inspect("shop-worker-1")).toMatchObject({ readyAt: null, lastPush: null });
      expect(await files.readHostKey("shop-tools-1")).toBe(key);
      expect(await files.readHostKey("shop-worker-1")).toBeNull();
      await files.clear("shop-tools-1");
      expect(await inspect("shop-tools-1")).toMatchObject({ readyAt: null, lastPush: null });
      expect(await files.readHostKey("shop-tools-1")).toBeNull();
    });
  });

  describe("creating", () => {
    it("refuses a name that exists", async () => {
      await create("shop-tools-1");
      await expect(create("shop-tools-1")).rejects.toEqual(code("LIMA_EXISTS"));
    });

    it("refuses a param that nothing mentions, and leaves nothing", async () => {
      const template = dummyTemplate("shop-tools-1").replace("# PARAM_limaform_hold\n", "# no\n");
      await expect(world.lima.writer.create("shop-tools-1", template, world.options)).rejects.toEqual(
        code("LIMA_CONFIG"),
      );
      expect(await inspect("shop-tools-1")).toBeNull();
    });

    it("says that an image could not be had; the folder that Lima leaves can be deleted", async () => {
      await expect(create("shop-tools-1", { image: "/nonexistent/image" })).rejects.toEqual(code("LIMA_IMAGE"));
      expect(await inspect("shop-tools-1")).toMatchObject({ status: "stopped", marks: { kind: "marks" } });
      await world.lima.writer.delete("shop-tools-1", world.options);
      expect(await inspect("shop-tools-1")).toBeNull();
    });

    it("refuses a name that Lima would refuse", async () => {
      await expect(create("shop--1")).rejects.toEqual(code("LIMA_NAME"));
      await expect(create("../evil")).rejects.toEqual(code("LIMA_NAME"));
    });

    it("knows the longest name that fits", async () => {
      const { maxNameLength } = await world.lima.reader.host();
      await create("a".repeat(maxNameLength));
      if (maxNameLength < 76) await expect(create("b".repeat(maxNameLength + 1))).rejects.toEqual(code("LIMA_NAME"));
    });
  });

  describe("a sealed disk", () => {
    const change = async () => (await inspect("shop-tools-1"))?.diskChange ?? null;
    const disk = () => join(world.home, "shop-tools-1", "disk");
    beforeEach(async () => {
      await create("shop-tools-1");
      await world.lima.disks.seal("shop-tools-1", world.options);
    });

    it("is as it was sealed after a mark, a protection, a clone, and a removal of bases", async () => {
      const { writer, disks } = world.lima;
      await writer.setProtected("shop-tools-1", true, world.options);
      await writer.edit("shop-tools-1", { marks: { sealed: "2026-01-01T00:00:00Z" } }, world.options);
      const worker = marks("shop-worker-1", { role: "worker", image: "shop-tools-1" });
      await writer.clone("shop-tools-1", "shop-worker-1", { marks: worker }, world.options);
      await disks.removeUnusedBases(world.options);
      expect(await change()).toBeNull();
      // A clone has the note of its source beside it, and that is not about the clone.
      expect((await inspect("shop-worker-1"))?.diskChange).toBeUndefined();
    });

    it("is told when somebody wrote to it or to its base, or made the base writable", async () => {
      const base = chainOf("shop-tools-1")[1];
      if (base !== undefined) {
        await chmod(base, 0o644);
        expect(await change()).toMatch(/base .* is no longer read-only/);
        await chmod(base, 0o444);
        expect(await change()).toBeNull();
      }
      const later = new Date(Date.now() + 5000);
      await utimes(disk(), later, later);
      expect(await change()).toBe("its disk was written to since it was sealed");
    });
  });

  describe("cloning", () => {
    const clone = (name: string, source = "shop-tools-1") =>
      world.lima.writer.clone(source, name, { marks: marks(name, { image: source }) }, world.options);

    it("writes marks and sizes in the same call and leaves the source as it is", async () => {
      await create("shop-tools-1");
      const before = readFileSync(join(world.home, "shop-tools-1", "lima.yaml"), "utf8");
      const applied = { cpus: 3, memoryBytes: 1_000_000_512, diskBytes: 5 * MIB };
      const wanted = marks("shop-worker-1", { image: "shop-tools-1", applied });
      await world.lima.writer.clone("shop-tools-1", "shop-worker-1", { ...applied, marks: wanted }, world.options);
      expect(await inspect("shop-worker-1")).toMatchObject({
        status: "stopped",
        marks: { kind: "marks", marks: wanted },
        ...applied,
        openConfig: [],
      });
      expect(readFileSync(join(world.home, "shop-tools-1", "lima.yaml"), "utf8")).toBe(before);
    });

    it("refuses a source that is not there and a target that is", async () => {
      await expect(clone("shop-worker-1")).rejects.toEqual(code("LIMA_NOT_FOUND_INSTANCE"));
      await create("shop-tools-1");
      await clone("shop-worker-1");
      await expect(clone("shop-worker-1")).rejects.toEqual(code("LIMA_EXISTS"));
      expect(await inspect("shop-worker-1")).not.toBeNull();
    });

    it("removes what a clone leaves whose edit Lima refuses", async () => {
      await create("shop-tools-1");
      const edit = { diskBytes: 4096, marks: marks("shop-worker-1") };
      const cloning = world.lima.writer.clone("shop-tools-1", "shop-worker-1", edit, world.options);
      await expect(cloning).rejects.toEqual(code("LIMA_CONFIG"));
      expect(existsSync(join(world.home, "shop-worker-1"))).toBe(false);
      expect(readdirSync(world.state, { recursive: true })).not.toContain("scratch/lima.REJECTED.yaml");
    });

    it("leaves, called past us with an edit that is refused, a stopped copy with the source's marks", async () => {
      await create("shop-tools-1");
      expect(world.limactl("clone", "shop-tools-1", "shop-worker-1", "--set", '.disk = "4KiB"').exitCode).toBe(1);
      expect(await inspect("shop-worker-1")).toMatchObject({
        status: "stopped",
        marks: { kind: "marks", marks: { name: "shop-tools-1" } },
      });
    });

    // The folder is copied before lima.yaml or after it, by its name.
    it.each(["a-sub", "sub"])(
      "fails on a sub-folder %s with a file in the source, and removes the half",
      async (sub) => {
        await create("shop-tools-1");
        await mkdir(join(world.home, "shop-tools-1", sub));
        await writeFile(join(world.home, "shop-tools-1", sub, "file"), "x");
        await expect(clone("shop-worker-1")).rejects.toThrow(/permission denied/);
        expect(existsSync(join(world.home, "shop-worker-1"))).toBe(false);
      },
    );

    it("does not copy protection", async () => {
      await create("shop-tools-1");
      await world.lima.writer.setProtected("shop-tools-1", true, world.options);
      await clone("shop-worker-1");
      expect(await inspect("shop-tools-1")).toMatchObject({ isProtected: true });
      expect(await inspect("shop-worker-1")).toMatchObject({ isProtected: false });
    });
  });

  describe("editing", () => {
    it("changes sizes exactly and single marks, and leaves the other marks", async () => {
      await create("shop-worker-1");
      const edit = {
        cpus: 2,
        memoryBytes: 300 * MIB + 1024,
        diskBytes: 2 * MIB,
        marks: { hold: "2026-01-01T00:00:00Z" },
      };
      await world.lima.writer.edit("shop-worker-1", edit, world.options);
      expect(await inspect("shop-worker-1")).toMatchObject({
        cpus: 2,
        memoryBytes: 300 * MIB + 1024,
        diskBytes: 2 * MIB,
        marks: { kind: "marks", marks: marks("shop-worker-1", { hold: "2026-01-01T00:00:00Z" }) },
      });
      await world.lima.writer.edit("shop-worker-1", { marks: { hold: "" } }, world.options);
      expect((await inspect("shop-worker-1"))?.marks).toMatchObject({ marks: { hold: "" } });
    });

    it("takes an edit that changes nothing for done", async () => {
      await create("shop-worker-1");
      await world.lima.writer.edit("shop-worker-1", { cpus: 1 }, world.options);
      await world.lima.writer.edit("shop-worker-1", {}, world.options);
    });

    it("refuses to shrink a disk and to edit what is not there", async () => {
      await create("shop-worker-1");
      await expect(world.lima.writer.edit("shop-worker-1", { diskBytes: 4096 }, world.options)).rejects.toEqual(
        code("LIMA_CONFIG"),
      );
      await expect(world.lima.writer.edit("shop-worker-2", { cpus: 2 }, world.options)).rejects.toEqual(
        code("LIMA_NOT_FOUND_INSTANCE"),
      );
    });

    it("refuses a mark that the instance does not have", async () => {
      const foreign = dummyTemplate("x").replace(/^ {2}limaform_hold:.*\n/m, "");
      await world.lima.writer.create("theirs", foreign, world.options);
      await expect(world.lima.writer.edit("theirs", { marks: { hold: "" } }, world.options)).rejects.toEqual(
        code("LIMA_CONFIG"),
      );
    });
  });

  describe("deleting", () => {
    const remove = (name: string) => world.lima.writer.delete(name, world.options);

    it("takes what is absent for deleted", async () => {
      await remove("shop-worker-1");
    });

    it("refuses a protected instance until it is unprotected", async () => {
      await create("shop-tools-1");
      await world.lima.writer.setProtected("shop-tools-1", true, world.options);
      await expect(remove("shop-tools-1")).rejects.toEqual(code("LIMA_PROTECTED"));
      await world.lima.writer.setProtected("shop-tools-1", false, world.options);
      await remove("shop-tools-1");
      expect(existsSync(join(world.home, "shop-tools-1"))).toBe(false);
    });

    it("removes a folder without lima.yaml, which limactl itself refuses", async () => {
      await mkdir(join(world.home, "shop-worker-1"));
      await writeFile(join(world.home, "shop-worker-1", "disk"), "x");
      expect(world.limactl("delete", "-f", "shop-worker-1").stderr).toContain("NOT deleted");
      await remove("shop-worker-1");
      expect(existsSync(join(world.home, "shop-worker-1"))).toBe(false);
    });

    it("removes an instance whose lima.yaml is garbled", async () => {
      await create("shop-worker-1");
      await writeFile(join(world.home, "shop-worker-1", "lima.yaml"), "images: [\n");
      await remove("shop-worker-1");
      expect(existsSync(join(world.home, "shop-worker-1"))).toBe(false);
    });

    it("spares a process that got the pid of a dead VM", async () => {
      await create("shop-worker-1");
      await writeFile(join(world.home, "shop-worker-1", "qemu.pid"), `${process.pid}\n`);
      await remove("shop-worker-1");
      expect(existsSync(join(world.home, "shop-worker-1"))).toBe(false);
    });
  });

  describe("starting and stopping", () => {
    const start = (name: string) => world.lima.writer.start(name, { ...world.options, report: () => {} });

    it("never creates an instance, not even past our own look", async () => {
      await expect(start("shop-worker-1")).rejects.toEqual(code("LIMA_NOT_FOUND_INSTANCE"));
      await mkdir(join(world.home, "empty"), { recursive: true });
      const env = { ...world.env, LIMA_TEMPLATES_PATH: join(world.home, "_none") };
      expect(spawnSync("limactl", ["start", "--tty=false", "shop-worker-1"], { env, cwd: "/tmp" }).status).not.toBe(0);
      expect(existsSync(join(world.home, "shop-worker-1"))).toBe(false);
    });

    it("refuses to start what the user's own Lima settings have opened, naming key and file", async () => {
      await create("shop-worker-1");
      const override = join(world.home, "_config", "override.yaml");
      await writeFile(override, "ssh: {forwardAgent: true}\nplain: false\nmounts: [{location: /srv}]\n");
      const open = (await inspect("shop-worker-1"))?.openConfig ?? [];
      expect(open.map(({ key, file }) => [key, file])).toEqual(
        expect.arrayContaining([
          ["plain", override],
          ["ssh.forwardAgent", override],
          ["mounts", override],
        ]),
      );
      await expect(start("shop-worker-1")).rejects.toMatchObject({
        code: "LIMA_CONFIG_NOT_CLOSED",
        message: expect.stringContaining(`plain is false, not true (${override})`),
      });
    });

    it("takes a stopped instance for stopped", async () => {
      await create("shop-worker-1");
      await world.lima.writer.stop("shop-worker-1", { ...world.options, force: false });
      await world.lima.writer.stop("shop-worker-1", { ...world.options, force: true });
    });

    it("says that a missing instance cannot be stopped", async () => {
      await expect(world.lima.writer.stop("shop-worker-1", { ...world.options, force: true })).rejects.toEqual(
        code("LIMA_NOT_FOUND_INSTANCE"),
      );
    });
  });

  describe("linked disks", () => {
    const { seal, chain } = {
      seal: (name: string) => world.lima.disks.seal(name, world.options),
      /** tools → golden → worker, each sealed before the next. */
      chain: async () => {
        await create("shop-tools-1");
        await seal("shop-tools-1");
        await world.lima.writer.clone(
          "shop-tools-1",
          "shop-golden-1",
          { marks: marks("shop-golden-1") },
          world.options,
        );
        await seal("shop-golden-1");
        await world.lima.writer.clone(
          "shop-golden-1",
          "shop-worker-1",
          { marks: marks("shop-worker-1") },
          world.options,
        );
      },
    };
    const isLinked = async () => (await world.lima.reader.host()).cloneMethod === "linked";

    it("turn a sealed disk into a read-only base under a thin overlay; sealing again changes nothing", async ({
      skip,
    }) => {
      skip(!(await isLinked()), "the file system shares blocks here");
      await create("shop-tools-1");
      const before = readFileSync(join(world.home, "shop-tools-1", "disk"));
      await seal("shop-tools-1");
      const [base] = await world.lima.disks.listBases();
      const path = join(world.state, "bases", base?.name ?? "");
      expect(readFileSync(path).equals(before)).toBe(true);
      expect((await stat(path)).mode & 0o777).toBe(0o444);
      expect(chainOf("shop-tools-1")).toHaveLength(2);
      const sealed = await stat(join(world.home, "shop-tools-1", "disk"));
      await seal("shop-tools-1");
      expect((await stat(join(world.home, "shop-tools-1", "disk"))).ino).toBe(sealed.ino);
      expect(readdirSync(join(world.home, "shop-tools-1")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });

    it("live on when the images of a chain are deleted, and bases go with their last user", async ({ skip }) => {
      skip(!(await isLinked()), "the file system shares blocks here");
      await chain();
      expect(chainOf("shop-worker-1")).toHaveLength(3);
      const usedBy = (await world.lima.disks.listBases()).map((base) =>
        [...base.usedBy].filter((user) => !user.includes(":")),
      );
      expect(usedBy).toEqual([
        ["shop-golden-1", "shop-worker-1"],
        ["shop-golden-1", "shop-tools-1", "shop-worker-1"],
      ]);
      for (const image of ["shop-tools-1", "shop-golden-1"]) await world.lima.writer.delete(image, world.options);
      expect(await world.lima.disks.removeUnusedBases(world.options)).toEqual([]);
      expect(chainOf("shop-worker-1")).toHaveLength(3);
      await world.lima.writer.delete("shop-worker-1", world.options);
      expect(await world.lima.disks.removeUnusedBases(world.options)).toHaveLength(2);
      expect(readdirSync(join(world.state, "bases"))).toEqual([]);
    });

    it("keep every base while one disk of the host cannot be read", async ({ skip }) => {
      skip(!(await isLinked()), "the file system shares blocks here");
      await chain();
      for (const name of ["shop-worker-1", "shop-golden-1", "shop-tools-1"])
        await world.lima.writer.delete(name, world.options);
      await mkdir(join(world.home, "theirs"));
      await writeFile(join(world.home, "theirs", "disk"), "QFI");
      expect((await world.lima.disks.listBases()).map(({ isKnownUnused }) => isKnownUnused)).toEqual([false, false]);
      expect(await world.lima.disks.removeUnusedBases(world.options)).toEqual([]);
    });

    it("are sealed to the end after a crash between any two steps", async ({ skip }) => {
      skip(!(await isLinked()), "the file system shares blocks here");
      await create("shop-tools-1");
      await seal("shop-tools-1");
      await world.lima.writer.clone("shop-tools-1", "shop-golden-1", { marks: marks("shop-golden-1") }, world.options);
      const disk = join(world.home, "shop-golden-1", "disk");
      const base = join(world.state, "bases", "shop-golden-1-0badcafe.qcow2");
      // As after a crash when the disk had its second name, its new backing path and its mode, but no overlay yet.
      await link(disk, base);
      const [tools = ""] = readdirSync(join(world.state, "bases")).filter((name) => name.startsWith("shop-tools-1"));
      spawnSync("qemu-img", ["rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", tools, base]);
      await chmod(base, 0o444);
      await writeFile(`${disk}.limaform.tmp`, "half an overlay");
      await seal("shop-golden-1");
      expect(chainOf("shop-golden-1").map((path) => path.split("/").at(-1))).toEqual([
        "disk",
        "shop-golden-1-0badcafe.qcow2",
        tools,
      ]);
      expect(await world.lima.disks.listBases()).toHaveLength(2);
    });

    it("carry kernel and initrd along without copying them, and let them go with their base", async ({ skip }) => {
      skip(!(await isLinked()), "the file system shares blocks here");
      await create("shop-tools-1", { kernel: "/etc/profile" });
      await seal("shop-tools-1");
      const has = (name: string) => ["kernel", "initrd"].map((file) => existsSync(join(world.home, name, file)));
      expect(has("shop-tools-1")).toEqual([false, false]);
      await world.lima.writer.clone("shop-tools-1", "shop-worker-1", { marks: marks("shop-worker-1") }, world.options);
      expect(has("shop-worker-1")).toEqual([true, true]);
      expect((await stat(join(world.home, "shop-worker-1", "kernel"))).nlink).toBe(2);
      expect(readFileSync(join(world.home, "shop-worker-1", "kernel"))).toEqual(readFileSync("/etc/profile"));
      for (const name of ["shop-tools-1", "shop-worker-1"]) await world.lima.writer.delete(name, world.options);
      expect(await world.lima.disks.removeUnusedBases(world.options)).toHaveLength(1);
      expect(readdirSync(join(world.state, "bases"))).toEqual([]);
    });

    it.each(["ha.pid", "other.drv.pid"])("are not sealed while a process of %s lives", async (file) => {
      await create("shop-tools-1");
      await writeFile(join(world.home, "shop-tools-1", file), `${process.pid}\n`);
      await expect(seal("shop-tools-1")).rejects.toEqual(code("LIMA_WRONG_STATUS"));
      expect(await world.lima.disks.listBases()).toEqual([]);
    });
  });
}
