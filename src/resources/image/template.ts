import { stringify } from "yaml";
import { formatSize } from "../../util/bytes.js";
import type { ImageEntry } from "./entry.js";

/** What the first instance of an image chain is made of. */
export interface TemplateInput {
  /** Marks as Lima `param` values (`limaform_…` to text), none empty. */
  readonly params: Readonly<Record<string, string>>;
  readonly entry: Pick<ImageEntry, "location" | "arch" | "digest" | "kernel" | "initrd" | "cmdline">;
  readonly vmType: "qemu" | "vz";
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Login in the guest. */
  readonly user: string;
  /** Extra trust roots as PEM texts. */
  readonly caCerts?: readonly string[];
}

/** The address of slirp's own resolver: right with and without a network. */
const SLIRP_DNS = "192.168.5.3";
const GUEST_UID = 1000;

/**
 * The whole Lima template of the first instance of an image chain, as YAML for `limactl create -`.
 *
 * Shape: self-contained (no `base:`); closed: plain, no mounts, no forwards, no agent, no proxy, no containerd; every
 * param is named in the comment of the one boot script, because Lima refuses params that nothing mentions.
 * Units: bytes.
 * Source: design page §3.7; reference/lima.md §3.4, §3.10, §12.5.
 */
export function renderTemplate(input: TemplateInput): string {
  const { entry } = input;
  return stringify(
    {
      minimumLimaVersion: "2.2.0",
      vmType: input.vmType,
      os: "Linux",
      arch: entry.arch,
      images: [image(entry)],
      cpus: input.cpus,
      memory: formatSize(input.memoryBytes),
      disk: formatSize(input.diskBytes),
      plain: true,
      mounts: [],
      containerd: { system: false, user: false },
      ssh: { localPort: 0, loadDotSSHPubKeys: false, forwardAgent: false, forwardX11: false, forwardX11Trusted: false },
      // The one rule that blocks every guest listener; the others leak (reference/lima.md §3.10).
      portForwards: [{ guestIP: "0.0.0.0", guestIPMustBeZero: false, proto: "any", ignore: true }],
      propagateProxyEnv: false,
      upgradePackages: false,
      user: {
        name: input.user,
        comment: "limaform",
        home: `/home/${input.user}`,
        shell: "/bin/bash",
        uid: GUEST_UID,
      },
      ...network(input.vmType),
      // Without a boot loader in the image there is nothing that a UEFI firmware could do, and it may be missing.
      ...(entry.kernel !== null && entry.arch === "x86_64" ? { firmware: { legacyBIOS: true } } : {}),
      ...(input.caCerts === undefined || input.caCerts.length === 0 ? {} : { caCerts: { certs: [...input.caCerts] } }),
      param: { ...input.params },
      provision: [{ mode: "boot", script: marksScript(Object.keys(input.params)) }],
    },
    { lineWidth: 0, defaultStringType: "PLAIN", defaultKeyType: "PLAIN" },
  );
}

function image(entry: TemplateInput["entry"]) {
  const { location, arch, digest, kernel, initrd, cmdline } = entry;
  return {
    location,
    arch,
    ...(digest === null ? {} : { digest }),
    ...(kernel === null ? {} : { kernel: { location: kernel, ...(cmdline === null ? {} : { cmdline }) } }),
    ...(initrd === null ? {} : { initrd: { location: initrd } }),
  };
}

/** Lima's own resolver in the host agent is off for all; under vz the network's gateway answers by itself. */
function network(vmType: "qemu" | "vz") {
  return vmType === "qemu"
    ? { hostResolver: { enabled: false }, dns: [SLIRP_DNS] }
    : { hostResolver: { enabled: false } };
}

/** Does nothing in the guest: comments only. */
function marksScript(params: readonly string[]): string {
  const lines = params.map((name) => `# PARAM_${name}`);
  return ["#!/bin/sh", "# The marks of limaform. This script does nothing.", ...lines, ""].join("\n");
}
