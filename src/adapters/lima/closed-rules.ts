import { type Fields, isEmpty, isFields, listAt, textAt } from "./fields.js";

/*
 * The allow-list of a closed instance: every key of Lima 2.2's configuration that may differ from nothing stands here
 * with what it may be. What does not stand here must be absent. Source: pkg/limatype/lima_yaml.go of Lima 2.2.0.
 */

/** What is expected, in words, where a value is not allowed; null where it is. `raw` is the instance's own file. */
export type Rule = (value: unknown, raw: Fields) => string | null;

const anything: Rule = () => null;
const nothing: Rule = (value) => (isEmpty(value) ? null : "none");
const off: Rule = (value) => (value === false || isEmpty(value) ? null : "false");
const on: Rule = (value) => (value === true ? null : "true");
const one =
  (...allowed: readonly unknown[]): Rule =>
  (value) =>
    allowed.includes(value) || isEmpty(value) ? null : String(allowed[0]);

/** No forward reaches the host; rules that only forbid are fine. */
const onlyIgnored: Rule = (value) =>
  isEmpty(value) || (Array.isArray(value) && value.every((rule) => isFields(rule) && rule.ignore === true))
    ? null
    : "none, or rules with ignore: true";

/** The one boot script that carries the marks: comments only. */
const onlyMarksScript: Rule = (value) => {
  if (!Array.isArray(value) || value.length > 1) return "only the boot script of limaform";
  const [script] = value;
  if (script === undefined) return null;
  if (!isFields(script) || script.mode !== "boot") return "only the boot script of limaform";
  const others = Object.entries(script).filter(([key, part]) => key !== "mode" && key !== "script" && !isEmpty(part));
  const lines = textAt(script, "script").split("\n");
  const isComment = (line: string, index: number): boolean =>
    index === 0 ? line === "#!/bin/sh" : line.trim() === "" || line.startsWith("#");
  return others.length === 0 && lines.every(isComment) ? null : "a boot script of comments only";
};

const locationsOf = (value: unknown): string =>
  JSON.stringify(
    (Array.isArray(value) ? value : []).map((entry) => (isFields(entry) ? textAt(entry, "location") : "")),
  );

/** A user's own defaults would put their images in front of ours. */
const sameImages: Rule = (value, raw) =>
  locationsOf(value) === locationsOf(raw.images) ? null : `the images of the instance: ${locationsOf(raw.images)}`;

const sameCertificates: Rule = (value, raw) => {
  const own = isFields(raw.caCerts) ? listAt(raw.caCerts, "certs") : [];
  return isEmpty(value) || JSON.stringify(value) === JSON.stringify(own) ? null : "the certificates of the instance";
};

/** By dotted key. A key whose rules are for its parts stands with its parts only. */
export const RULES: Readonly<Record<string, Rule>> = {
  plain: on,
  mounts: nothing,
  mountType: anything,
  mountTypesUnsupported: anything,
  mountInotify: off,
  "ssh.localPort": one(0),
  "ssh.loadDotSSHPubKeys": off,
  "ssh.forwardAgent": off,
  "ssh.forwardX11": off,
  "ssh.forwardX11Trusted": off,
  "ssh.overVsock": anything,
  portForwards: onlyIgnored,
  copyToHost: nothing,
  probes: nothing,
  networks: nothing,
  additionalDisks: nothing,
  env: nothing,
  propagateProxyEnv: off,
  "containerd.system": off,
  "containerd.user": off,
  "containerd.archives": anything,
  provision: onlyMarksScript,
  upgradePackages: off,
  nestedVirtualization: off,
  tpm: off,
  "audio.device": one("none"),
  "audio.interface": anything,
  "video.display": one("none"),
  "video.vnc.display": anything,
  "vmOpts.qemu.cpuType": anything,
  "vmOpts.qemu.minimumVersion": anything,
  "vmOpts.vz.diskImageFormat": anything,
  "vmOpts.vz.rosetta.enabled": off,
  "vmOpts.vz.rosetta.binfmt": off,
  "rosetta.enabled": off,
  "rosetta.binfmt": off,
  "hostResolver.enabled": off,
  "hostResolver.ipv6": anything,
  "hostResolver.hosts": nothing,
  "caCerts.removeDefaults": off,
  "caCerts.files": nothing,
  "caCerts.certs": sameCertificates,
  "firmware.legacyBIOS": anything,
  "firmware.images": nothing,
  images: sameImages,
  os: one("Linux"),
  // In place, compared by the engine, or without any way to the host:
  arch: anything,
  vmType: anything,
  cpuType: anything,
  cpus: anything,
  memory: anything,
  disk: anything,
  "user.name": anything,
  "user.comment": anything,
  "user.home": anything,
  "user.shell": anything,
  "user.uid": anything,
  "user.passwordlessSudo": anything,
  param: anything,
  dns: anything,
  timezone: anything,
  message: anything,
  guestInstallPrefix: anything,
  minimumLimaVersion: anything,
};
