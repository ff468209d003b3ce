import type { ProgramFacts } from "../adapters/doctor/programs.js";
import type { SystemFacts } from "../adapters/doctor/system.js";
import { MINIMUM_LIMA } from "../adapters/lima/version.js";
import { fine, isAtLeast, missing, warning } from "./doctor-check.js";
import type { DoctorCheck } from "./doctor-document.js";
import { asRoot, installLine } from "./doctor-packages.js";

const MINIMUM_NODE = "22.22";
/** `git merge-tree --write-tree`, which `results accept` needs. */
const GIT_TO_ACCEPT = "2.38";
/** Darwin 22 is macOS 13, the first whose Virtualization framework Lima uses. */
const MINIMUM_DARWIN = "22";

export interface ProgramRule {
  /** Name on PATH. */
  readonly name: string;
  /** null: it cannot tell its version. */
  readonly versionArguments: readonly string[] | null;
  readonly on: "everywhere" | "linux";
  readonly isRequired: boolean;
  readonly why: string;
}

/** Programs that limaform starts, but for limactl. `ARCH` in a name is Lima's word for this machine's. */
export const PROGRAMS: readonly ProgramRule[] = [
  {
    ...{ name: "qemu-system-ARCH", versionArguments: ["--version"], on: "linux", isRequired: true },
    why: "QEMU runs the virtual machines.",
  },
  {
    ...{ name: "qemu-img", versionArguments: ["--version"], on: "linux", isRequired: true },
    why: "It makes the disks of images and their clones.",
  },
  {
    ...{ name: "ssh", versionArguments: ["-V"], on: "everywhere", isRequired: true },
    why: "All that is done in a worker goes over SSH.",
  },
  {
    ...{ name: "ssh-keygen", versionArguments: null, on: "everywhere", isRequired: true },
    why: "Lima makes the key to its machines with it.",
  },
  {
    ...{ name: "git", versionArguments: ["--version"], on: "everywhere", isRequired: true },
    why: "Code goes into workers and comes back as git objects.",
  },
  {
    ...{ name: "rsync", versionArguments: ["--version"], on: "everywhere", isRequired: false },
    why: "Folders that are no git repository, and files that git ignores, are carried with it.",
  },
];

/** Lima's word for an architecture of Node's. */
export const limaArch = (arch: string): string => ({ x64: "x86_64", arm64: "aarch64" })[arch] ?? arch;

export const programName = (rule: ProgramRule, { arch }: SystemFacts): string =>
  rule.name.replace("ARCH", limaArch(arch));

export interface FoundPrograms {
  readonly limactl: ProgramFacts | null;
  /** By the names of `PROGRAMS`, as they stand there. */
  readonly others: Readonly<Record<string, ProgramFacts | null>>;
}

export function checkPrograms(system: SystemFacts, found: FoundPrograms): readonly DoctorCheck[] {
  const rules = PROGRAMS.filter(({ on }) => on === "everywhere" || system.os === on);
  return [
    checkNode(system),
    checkLimactl(system, found.limactl),
    ...(system.os === "darwin" ? [checkVz(system)] : []),
    ...rules.map((rule) => checkProgram(rule, system, found.others[rule.name] ?? null)),
  ];
}

function checkNode({ node }: SystemFacts): DoctorCheck {
  const told = { id: "node", group: "programs", text: `Node ${node}` } as const;
  if (isAtLeast(node, MINIMUM_NODE)) return fine(told);
  const next = [`install Node ${MINIMUM_NODE} or newer: https://nodejs.org/en/download`];
  return missing({ ...told, why: `limaform needs Node ${MINIMUM_NODE} or newer.`, next });
}

function checkLimactl(system: SystemFacts, found: ProgramFacts | null): DoctorCheck {
  const told = { id: "limactl", group: "programs" } as const;
  const why = "limaform makes and runs its machines with Lima.";
  const next = limactlLines(system);
  if (found === null) return missing({ ...told, text: "limactl is not on PATH", why, next });
  if (system.uid === 0) return fine({ ...told, text: `limactl at ${found.path}; it tells root no version` });
  if (found.version === null) {
    // A build without a version counts as the newest, as for Lima itself.
    const text = `limactl at ${found.path}: ${found.text || "no version"}`;
    return warning({ ...told, text, why: `It must be Lima ${MINIMUM_LIMA} or newer.`, next: ["limactl --version"] });
  }
  const text = `Lima ${found.version} (${found.path})`;
  if (isAtLeast(found.version, MINIMUM_LIMA)) return fine({ ...told, text });
  return missing({ ...told, text: `${text} is too old`, why: `limaform needs Lima ${MINIMUM_LIMA} or newer.`, next });
}

/** Lima's own archive on Linux, Homebrew on macOS: the ways that Lima itself names. */
function limactlLines(system: SystemFacts): readonly string[] {
  if (system.os === "darwin") return ["brew install lima   # or: brew upgrade lima"];
  const machine = limaArch(system.arch);
  const url = `https://github.com/lima-vm/lima/releases/download/v${MINIMUM_LIMA}/lima-${MINIMUM_LIMA}-Linux-${machine}.tar.gz`;
  return [`curl -fsSLO ${url}`, asRoot(system, `tar -xzf lima-${MINIMUM_LIMA}-Linux-${machine}.tar.gz -C /usr/local`)];
}

function checkVz({ kernel }: SystemFacts): DoctorCheck {
  const told = { id: "vz", group: "programs" } as const;
  if (isAtLeast(kernel, MINIMUM_DARWIN)) return fine({ ...told, text: "macOS runs machines by itself (vz)" });
  const why = "Lima runs machines with the Virtualization framework of macOS 13 and later.";
  return missing({ ...told, text: `Darwin ${kernel} is older than macOS 13`, why, next: ["update macOS"] });
}

function checkProgram(rule: ProgramRule, system: SystemFacts, found: ProgramFacts | null): DoctorCheck {
  const name = programName(rule, system);
  const told = { id: rule.name.startsWith("qemu-system") ? "qemu" : name, group: "programs" } as const;
  if (found === null) {
    const line = installLine(system, [name]);
    const told_ = { ...told, text: `${name} is not on PATH`, why: rule.why, next: [line ?? `install ${name}`] };
    return rule.isRequired ? missing(told_) : warning(told_);
  }
  const text = `${name} ${found.version ?? found.text}`.trim();
  if (rule.versionArguments !== null && found.version === null && found.text !== "" && rule.isRequired) {
    return warning({ ...told, text: `${name} at ${found.path}: ${found.text}`, why: rule.why });
  }
  if (name === "git" && found.version !== null && !isAtLeast(found.version, GIT_TO_ACCEPT)) {
    const why = `limaform results accept needs git ${GIT_TO_ACCEPT} or newer; all else works.`;
    return warning({ ...told, text, why, next: [installLine(system, ["git"]) ?? "install a newer git"] });
  }
  return fine({ ...told, text });
}
