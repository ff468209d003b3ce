import { existsSync, readFileSync } from "node:fs";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dummyTemplate, type LimaKind, type LimaWorld, makeLimaWorld } from "../support/lima.js";

type FileName = "override" | "default";

interface Row {
  /** What the user wrote. */
  readonly text: string;
  /** Key of the deviation, in each file that brings it into an instance. */
  readonly key: string;
  readonly by: readonly FileName[];
}

const both: readonly FileName[] = ["override", "default"];
const row = (key: string, text: string, by: readonly FileName[] = ["override"]): Row => ({ key, text, by });

/** Everything that a user's own Lima defaults can open, or change under limaform's hands. */
const OPEN: readonly Row[] = [
  row("plain", "plain: false"),
  row("portForwards", "portForwards: [{guestPort: 80, hostPort: 8080, static: true}]", both),
  row("portForwards", 'portForwards: [{guestSocket: /run/a, hostSocket: "a.sock", reverse: true, static: true}]', both),
  row("copyToHost", "copyToHost: [{guest: /etc/x, host: /tmp/x}]", both),
  row("env", "env: {TOKEN: secret}", both),
  row("propagateProxyEnv", "propagateProxyEnv: true"),
  row("hostResolver.hosts", "hostResolver: {hosts: {gitlab.local: 127.0.0.1}}", both),
  row("provision", 'provision: [{mode: system, script: "curl x | sh"}]', both),
  row("provision", 'provision: [{mode: boot, script: "#!/bin/sh\\n# only a comment"}]', both),
  row("probes", 'probes: [{description: d, script: "#!/bin/sh\\ntrue"}]', both),
  row("networks", "networks: [{lima: user-v2}]", both),
  row("additionalDisks", "additionalDisks: [{name: data}]", both),
  row("ssh.forwardAgent", "ssh: {forwardAgent: true}"),
  row("ssh.forwardX11", "ssh: {forwardX11: true}"),
  row("ssh.forwardX11Trusted", "ssh: {forwardX11Trusted: true}"),
  row("ssh.loadDotSSHPubKeys", "ssh: {loadDotSSHPubKeys: true}"),
  row("ssh.localPort", "ssh: {localPort: 60123}"),
  row("vmOpts.vz.rosetta.enabled", "vmOpts: {vz: {rosetta: {enabled: true}}}", both),
  row("vmOpts.qemu.extraArgs", "vmOpts: {qemu: {extraArgs: [-virtfs]}}", both),
  row("vmOpts.custom", "vmOpts: {custom: {x: 1}}", both),
  row("video.display", "video: {display: vnc}", both),
  row("audio.device", "audio: {device: pa}", both),
  row("nestedVirtualization", "nestedVirtualization: true", both),
  row("mountInotify", "mountInotify: true", both),
  row("tpm", "tpm: true", both),
  row("upgradePackages", "upgradePackages: true"),
  row("caCerts.removeDefaults", "caCerts: {removeDefaults: true}", both),
  row("caCerts.files", "caCerts: {files: [/etc/x.pem]}", both),
  row("caCerts.certs", "caCerts: {certs: [PEM]}", both),
  row("images", "images: [{location: /etc/passwd, arch: x86_64}]", both),
  row("firmware.images", "firmware: {images: [{location: /etc/x, arch: x86_64}]}", both),
  row("param", "param: {theirs: value}", both),
  row("user.name", "user: {name: eve}"),
  row("user.uid", "user: {uid: 4321}"),
  row("user.home", "user: {home: /home/eve}"),
  row("user.shell", "user: {shell: /bin/false}"),
  row("user.passwordlessSudo", "user: {passwordlessSudo: false}", both),
  row("cpus", "cpus: 7"),
  row("memory", "memory: 7GiB"),
  row("disk", "disk: 9GiB"),
  row("dns", "dns: [9.9.9.9]"),
  row("os", "os: Darwin"),
  // Lima's listing does not show what Lima does not know: found in the file itself.
  row("shareEverything", "shareEverything: true", both),
  row("ssh.tunnel", "ssh: {tunnel: anything}", both),
  row("base", "base: template:default", both),
];

/** What `plain` takes the effect from, what limaform's own file is stronger than, and what only a person sees. */
const HARMLESS: readonly (readonly [FileName, string])[] = [
  ["override", 'mounts: [{location: "~"}]'],
  ["default", 'mounts: [{location: "~", writable: true}]'],
  ["override", "containerd: {system: true, user: true}"],
  ["override", "rosetta: {enabled: true}"],
  ["override", "portForwards: [{guestPort: 80, hostPort: 8080}]"],
  ["override", "portForwards: [{guestIP: 0.0.0.0, ignore: true}]"],
  ["override", "mountType: reverse-sshfs"],
  ["override", "message: hello"],
  ["override", "timezone: Europe/Berlin"],
  ["override", 'video: {vnc: {display: "0.0.0.0:1"}}'],
  ["override", 'minimumLimaVersion: "2.0.0"'],
  ["override", "cpus: 1"],
  ["default", "plain: false"],
  ["default", "propagateProxyEnv: true"],
  ["default", "ssh: {forwardAgent: true}"],
  ["default", "user: {name: eve}"],
  ["default", "cpus: 7"],
  ["default", "memory: 7GiB"],
  ["default", "dns: [9.9.9.9]"],
];

/** What the closed check finds in instances of limaform when a user's own Lima defaults are merged into them. */
export function closedContract(kind: LimaKind): void {
  const NAME = "shop-tools-1";
  let world: LimaWorld;
  const fileOf = (name: string) => join(world.home, "_config", `${name}.yaml`);
  const inspect = (name = NAME) => world.lima.reader.inspect(name);
  const keys = async () => (await inspect())?.openConfig.map(({ key }) => key);
  /** Writes a file of Lima's, and takes it away again. */
  const having = async <T>(name: string, text: string, act: () => Promise<T>): Promise<T> => {
    await writeFile(fileOf(name), `${text}\n`);
    try {
      return await act();
    } finally {
      await rm(fileOf(name), { force: true });
    }
  };

  beforeAll(async () => {
    world = await makeLimaWorld(kind);
    await world.lima.writer.create(NAME, dummyTemplate(NAME), world.options);
  });
  afterAll(() => world.cleanUp());

  describe("a configuration that the user's own defaults change", () => {
    const rows = OPEN.flatMap(({ key, text, by }) => by.map((file) => ({ key, text, file })));
    it.each(rows)("($file) $text", async ({ key, text, file }) => {
      await having(file, text, async () => {
        expect((await inspect())?.openConfig).toMatchObject([{ key, file: fileOf(file) }]);
      });
    });

    it.each(HARMLESS)("stays closed with (%s) %s", async (file, text) => {
      await having(file, text, async () => expect(await keys()).toEqual([]));
    });

    it("names every deviation, and of two files that open the same key the stronger", async () => {
      await writeFile(fileOf("default"), "env: {A: a}\nprobes: [{script: '#!/bin/sh', description: d}]\n");
      await having("override", "env: {B: b}\nssh: {forwardAgent: true}", async () => {
        const found = (await inspect())?.openConfig.map(({ key, file }) => [key, file]) ?? [];
        expect(found.sort()).toEqual([
          ["env", fileOf("override")],
          ["probes", fileOf("default")],
          ["ssh.forwardAgent", fileOf("override")],
        ]);
      });
      await rm(fileOf("default"));
      expect(await keys()).toEqual([]);
    });

    it("is refused before limactl is asked to start anything", async () => {
      await having("override", "ssh: {forwardAgent: true}", async () => {
        await expect(world.lima.writer.start(NAME, { ...world.options, report: () => {} })).rejects.toMatchObject({
          code: "LIMA_CONFIG_NOT_CLOSED",
          message: expect.stringContaining(`ssh.forwardAgent is true, not false (${fileOf("override")})`),
          hint: expect.stringContaining(`Take ssh.forwardAgent out of ${fileOf("override")}`),
        });
      });
      expect(existsSync(join(world.home, NAME, "ha.stderr.log"))).toBe(false);
    });

    it("that was edited by hand names the instance's own file", async () => {
      const path = join(world.home, NAME, "lima.yaml");
      const before = readFileSync(path, "utf8");
      await chmod(path, 0o600);
      await writeFile(path, before.replace("portForwards:", "env: {A: a}\nportForwards:"));
      expect((await inspect())?.openConfig).toMatchObject([{ key: "env", file: path }]);
      await writeFile(path, before);
      expect(await keys()).toEqual([]);
    });

    it("that base.yaml brought in at the creation stays in the instance, and base.yaml is named", async () => {
      const name = "shop-tools-2";
      await having("base", "env: {TOKEN: secret}", async () => {
        await world.lima.writer.create(name, dummyTemplate(name), world.options);
        expect((await inspect(name))?.openConfig).toMatchObject([{ key: "env", file: fileOf("base") }]);
        expect(await keys()).toEqual([]);
      });
      const own = join(world.home, name, "lima.yaml");
      expect((await inspect(name))?.openConfig).toMatchObject([{ key: "env", file: own }]);
      await world.lima.writer.delete(name, world.options);
    });
  });

  describe("a file of defaults that Lima cannot read", () => {
    it.each(["override", "default"])(
      "%s.yaml: nothing is known of any instance, and nothing is started",
      async (file) => {
        await having(file, "rubbish: [", async () => {
          const { instances, failures } = await world.lima.reader.list();
          expect(instances).toMatchObject([{ name: NAME, status: "unreadable" }]);
          expect(failures).toMatchObject([{ instance: NAME, text: expect.stringContaining(`${file}.yaml`) }]);
          await expect(world.lima.writer.start(NAME, { ...world.options, report: () => {} })).rejects.toMatchObject({
            code: "LIMA_UNREADABLE",
            message: expect.stringContaining(`${file}.yaml`),
          });
        });
      },
    );

    it.each([
      ["override", "param: {limaform_owner: ffffffffffff}"],
      ["override", "param: {limaform_hold: gone}"],
      ["default", "param: {limaform_extra: x}"],
    ])("%s.yaml: %s makes the marks unknown", async (file, text) => {
      await having(file, text, async () => expect((await inspect())?.marks).toMatchObject({ kind: "unknown" }));
    });
  });
}
