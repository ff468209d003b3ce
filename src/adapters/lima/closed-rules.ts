import { type Fields, fieldsAt, isEmpty, isFields, listAt, textAt } from "./fields.js";

/*
 * The allow-list of a closed instance: every key of Lima 2.2's configuration that may differ from nothing stands here
 * with what it may be. What does not stand here must be absent. Source: pkg/limatype/lima_yaml.go of Lima 2.2.0; what
 * each key does to a plain instance was tried out (test/contract/closed-contract.ts).
 */

/** What a rule may know besides the value. */
export interface RuleContext {
  /** The instance's own file. */
  readonly raw: Fields;
  /** What the own file says at this key; undefined where it says nothing. */
  readonly own: unknown;
  /** Whether one of the files that Lima merges says something at this key. */
  readonly isMerged: boolean;
}

/** What is expected, in words, where a value is not allowed; null where it is. */
export type Rule = (value: unknown, context: RuleContext) => string | null;

/** Has no effect on a closed instance (without mounts, displays, guest agent, resolver), or none that concerns the host. */
const anything: Rule = () => null;
/** What limaform wrote must stand: a merged file that changes it would make another instance than was planned. */
const own: Rule = (value, context) =>
  !context.isMerged || isSame(value, context.own) ? null : context.own === undefined ? "not set" : shown(context.own);
const nothing: Rule = (value) => (isEmpty(value) ? null : "none");
const isOff = (value: unknown): boolean => value === false || isEmpty(value);
const off: Rule = (value) => (isOff(value) ? null : "false");
const on: Rule = (value) => (value === true ? null : "true");
const one =
  (...allowed: readonly unknown[]): Rule =>
  (value) =>
    allowed.includes(value) || isEmpty(value) ? null : String(allowed[0]);

/** No forward reaches the host; rules that only forbid are fine. A static or reverse one is never only that. */
const onlyIgnored: Rule = (value) => {
  const forbids = (rule: unknown): boolean =>
    isFields(rule) && rule.ignore === true && isOff(rule.static) && isOff(rule.reverse);
  return isEmpty(value) || (Array.isArray(value) && value.every(forbids)) ? null : "none, or rules with ignore: true";
};

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
const sameImages: Rule = (value, { raw }) =>
  locationsOf(value) === locationsOf(raw.images) ? null : `the images of the instance: ${locationsOf(raw.images)}`;

const sameCertificates: Rule = (value, { raw }) => {
  const certs = isFields(raw.caCerts) ? listAt(raw.caCerts, "certs") : [];
  return isEmpty(value) || isSame(value, certs) ? null : "the certificates of the instance";
};

/** Params reach the guest as its root's files; the marks among them are judged for themselves (`facts.ts`). */
const sameParams: Rule = (value, { raw }) => {
  const params = fieldsAt(raw, "param");
  const others = Object.entries(isFields(value) ? value : {}).filter(([key, text]) => !isSame(params[key], text));
  return others.every(([key]) => key.startsWith("limaform_")) ? null : "the params of the instance";
};

function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";

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
  "firmware.legacyBIOS": own,
  "firmware.images": nothing,
  images: sameImages,
  os: one("Linux"),
  // What limaform wrote, and marks or the spec are compared with.
  arch: own,
  vmType: own,
  cpus: own,
  memory: own,
  disk: own,
  "user.name": own,
  "user.comment": own,
  "user.home": own,
  "user.shell": own,
  "user.uid": own,
  "user.passwordlessSudo": own,
  param: sameParams,
  dns: own,
  cpuType: anything,
  timezone: anything,
  message: anything,
  guestInstallPrefix: anything,
  minimumLimaVersion: anything,
};
