import { describe, expect, it } from "vitest";
import { checkClosed, type MergedFile } from "../../../../src/adapters/lima/closed.js";
import type { Fields } from "../../../../src/adapters/lima/fields.js";

/** What Lima 2.2.0 resolves limaform's own template to (from a real listing). */
const closed: Fields = {
  minimumLimaVersion: "2.2.0",
  vmType: "qemu",
  os: "Linux",
  arch: "x86_64",
  images: [{ location: "/base.qcow2", arch: "x86_64" }],
  cpus: 1,
  memory: "256MiB",
  disk: "1MiB",
  mountInotify: false,
  ssh: { localPort: 0, loadDotSSHPubKeys: false, forwardAgent: false, forwardX11: false, forwardX11Trusted: false },
  firmware: { legacyBIOS: true },
  audio: { device: "", interface: "" },
  video: { display: "none", vnc: {} },
  provision: [{ mode: "boot", script: "#!/bin/sh\n# PARAM_limaform_name\n" }],
  upgradePackages: false,
  containerd: { system: false, user: false, archives: [{ location: "https://x" }] },
  guestInstallPrefix: "/usr/local",
  param: { limaform_name: "a" },
  dns: ["192.168.5.3"],
  hostResolver: { enabled: false, ipv6: false },
  propagateProxyEnv: false,
  caCerts: { removeDefaults: false },
  rosetta: {},
  plain: true,
  timezone: "",
  nestedVirtualization: false,
  user: { name: "agent", comment: "", home: "/home/agent", shell: "/bin/bash", uid: 1000, passwordlessSudo: true },
  tpm: false,
};
const raw: Fields = { images: [{ location: "/base.qcow2" }] };
const check = (change: Fields, merged: MergedFile[] = []) =>
  checkClosed({ resolved: { ...closed, ...change }, raw, rawPath: "/h/a/lima.yaml", merged });
const keys = (change: Fields) => check(change).map(({ key }) => key);

describe("checkClosed", () => {
  it("finds limaform's own template closed", () => {
    expect(check({})).toEqual([]);
  });

  it.each<[string, Fields]>([
    ["plain", { plain: false }],
    ["mounts", { mounts: [{ location: "/home/me" }] }],
    ["ssh.forwardAgent", { ssh: { forwardAgent: true } }],
    ["ssh.forwardX11", { ssh: { forwardX11: true } }],
    ["ssh.loadDotSSHPubKeys", { ssh: { loadDotSSHPubKeys: true } }],
    ["ssh.localPort", { ssh: { localPort: 60022 } }],
    ["portForwards", { portForwards: [{ guestPort: 80, hostPort: 80, static: true }] }],
    ["copyToHost", { copyToHost: [{ guest: "/etc/x", host: "/tmp/x" }] }],
    ["propagateProxyEnv", { propagateProxyEnv: true }],
    ["containerd.user", { containerd: { user: true } }],
    ["env", { env: { TOKEN: "x" } }],
    ["networks", { networks: [{ lima: "shared" }] }],
    ["additionalDisks", { additionalDisks: [{ name: "d" }] }],
    ["probes", { probes: [{ script: "x" }] }],
    ["video.display", { video: { display: "vnc" } }],
    ["audio.device", { audio: { device: "pa" } }],
    ["vmOpts.vz.rosetta.enabled", { vmOpts: { vz: { rosetta: { enabled: true } } } }],
    ["hostResolver.enabled", { hostResolver: { enabled: true } }],
    ["caCerts.certs", { caCerts: { certs: ["PEM"] } }],
    ["firmware.images", { firmware: { images: [{ location: "https://x" }] } }],
    ["tpm", { tpm: true }],
    ["os", { os: "Darwin" }],
    ["images", { images: [{ location: "/theirs" }, { location: "/base.qcow2" }] }],
  ])("finds %s open", (key, change) => {
    expect(keys(change)).toEqual([key]);
  });

  it("finds keys open that it has never heard of, whatever their depth", () => {
    const found = keys({ shareEverything: true, ssh: { agentTunnel: "yes" }, vmOpts: { qemu: { extraArgs: ["-x"] } } });
    expect([...found].sort()).toEqual(["shareEverything", "ssh.agentTunnel", "vmOpts.qemu.extraArgs"]);
  });

  it("passes over unknown keys that are empty or off", () => {
    expect(keys({ newThing: false, other: {}, third: [], fourth: null })).toEqual([]);
  });

  it("allows rules that only forbid forwards", () => {
    expect(keys({ portForwards: [{ guestIP: "0.0.0.0", ignore: true }] })).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["a second script", [...(closed.provision as unknown[]), { mode: "system", script: "curl x | sh" }]],
    ["a script that does something", [{ mode: "boot", script: "#!/bin/sh\n# ok\ncurl x\n" }]],
    ["a script with another interpreter", [{ mode: "boot", script: "#!/usr/bin/env python3\n# ok\n" }]],
    ["a script of another mode", [{ mode: "system", script: "#!/bin/sh\n# ok\n" }]],
    ["a file beside the script", [{ mode: "boot", script: "#!/bin/sh\n", path: "/etc/x" }]],
  ])("finds %s open", (_, provision) => {
    expect(keys({ provision })).toEqual(["provision"]);
  });

  it("is not satisfied with nothing", () => {
    expect(checkClosed({ resolved: {}, raw: {}, rawPath: "", merged: [] })).toMatchObject([
      { key: "plain", found: "nothing" },
    ]);
  });

  it("names the strongest file that brought a key in, else the instance's own", () => {
    const merged: MergedFile[] = [
      { at: "load", path: "/h/_config/override.yaml", fields: { ssh: { forwardAgent: true } } },
      { at: "load", path: "/h/_config/default.yaml", fields: { ssh: { forwardAgent: true }, env: { A: "1" } } },
    ];
    const found = check(
      { ssh: { forwardAgent: true }, env: { A: "1" }, images: [{ location: "/x" }], tpm: true },
      merged,
    );
    expect(found.map(({ key, file }) => [key, file])).toEqual([
      ["images", "/h/a/lima.yaml"],
      ["ssh.forwardAgent", "/h/_config/override.yaml"],
      ["tpm", null],
      ["env", "/h/_config/default.yaml"],
    ]);
  });
});
