import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { NAMED_IMAGES } from "../../../../src/resources/image/named-images.js";
import { renderTemplate, type TemplateInput } from "../../../../src/resources/image/template.js";

const input: TemplateInput = {
  params: { limaform_name: "shop-tools-1", limaform_slot: "0", limaform_hold: "-" },
  entry: { location: "/b/root.qcow2", arch: "x86_64", digest: null, kernel: null, initrd: null, cmdline: null },
  vmType: "qemu",
  cpus: 2,
  memoryBytes: 4 * 1024 ** 3,
  diskBytes: 30 * 1024 ** 3,
  user: "agent",
};
const rendered = (extra: Partial<TemplateInput> = {}) => parse(renderTemplate({ ...input, ...extra }));

describe("renderTemplate", () => {
  it("is closed and self-contained", () => {
    expect(rendered()).toMatchObject({
      minimumLimaVersion: "2.2.0",
      plain: true,
      mounts: [],
      containerd: { system: false, user: false },
      propagateProxyEnv: false,
      ssh: { localPort: 0, loadDotSSHPubKeys: false, forwardAgent: false, forwardX11: false },
      portForwards: [{ guestIP: "0.0.0.0", guestIPMustBeZero: false, proto: "any", ignore: true }],
      cpus: 2,
      memory: "4GiB",
      disk: "30GiB",
      user: { name: "agent", home: "/home/agent", uid: 1000 },
    });
    expect(rendered().base).toBeUndefined();
  });

  it("has the marks as texts, each named in the script that does nothing", () => {
    const { param, provision } = rendered();
    expect(param).toEqual(input.params);
    expect(provision).toHaveLength(1);
    const [{ mode, script }] = provision;
    expect(mode).toBe("boot");
    for (const name of Object.keys(input.params)) expect(script).toContain(`PARAM_${name}\n`);
    expect(script.split("\n").filter((line: string) => line !== "" && !line.startsWith("#"))).toEqual([]);
  });

  it("names the digest of a download", () => {
    const entry = { ...input.entry, location: "https://x/i.qcow2", digest: "sha512:ab" };
    expect(rendered({ entry }).images).toEqual([
      { location: "https://x/i.qcow2", arch: "x86_64", digest: "sha512:ab" },
    ]);
  });

  it("boots a kernel directly without UEFI", () => {
    const entry = { ...input.entry, kernel: "/b/vmlinuz", initrd: "/b/initrd.img", cmdline: "root=LABEL=root ro" };
    expect(rendered({ entry })).toMatchObject({
      images: [
        { kernel: { location: "/b/vmlinuz", cmdline: "root=LABEL=root ro" }, initrd: { location: "/b/initrd.img" } },
      ],
      firmware: { legacyBIOS: true },
    });
    expect(rendered().firmware).toBeUndefined();
  });

  it("asks slirp's resolver under qemu and leaves vz to its gateway", () => {
    expect(rendered()).toMatchObject({ dns: ["192.168.5.3"], hostResolver: { enabled: false } });
    expect(rendered({ vmType: "vz" }).dns).toBeUndefined();
  });

  it("hands extra trust roots over as they are", () => {
    expect(rendered({ caCerts: ["-----BEGIN CERTIFICATE-----\nabc\n"] }).caCerts).toEqual({
      certs: ["-----BEGIN CERTIFICATE-----\nabc\n"],
    });
  });
});

describe("NAMED_IMAGES", () => {
  it("have both architectures, each with a dated release and its digest", () => {
    expect(Object.keys(NAMED_IMAGES)).toEqual(["debian-13", "debian-12", "ubuntu-24.04", "ubuntu-26.04"]);
    for (const tables of Object.values(NAMED_IMAGES)) {
      expect(tables.map(({ arch }) => arch)).toEqual(["x86_64", "aarch64"]);
      for (const { location, digest } of tables) {
        expect(location).toMatch(/^https:\/\/.*\/(release-)?20\d{6}/);
        expect(digest).toMatch(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);
      }
    }
  });
});
