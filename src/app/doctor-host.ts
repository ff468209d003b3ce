import type { SystemFacts } from "../adapters/doctor/system.js";
import { lineAsOther } from "../adapters/lima/root.js";
import { showSize } from "../util/bytes.js";
import { fine, missing, skipped, warning } from "./doctor-check.js";
import type { DoctorCheck } from "./doctor-document.js";
import { asRoot } from "./doctor-packages.js";

/** Times of files may be a little ahead where the file system is another machine's. */
const CLOCK_SLACK_MS = 5 * 60_000;

export interface HostState {
  readonly system: SystemFacts;
  /** What the user typed, program name first. */
  readonly invocation: readonly string[];
  /** null where it was not tried: no QEMU, or macOS. */
  readonly kvm: { readonly runs: boolean; readonly text: string } | null;
  readonly hasQemu: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** What the spec wants; null without one. */
  readonly wanted: { readonly workers: number; readonly cpus: number; readonly memoryBytes: number } | null;
  readonly nowMs: number;
  /** Latest time that something of ours was written here, and what it was. */
  readonly newestMs: number;
}

export function checkHost(state: HostState): readonly DoctorCheck[] {
  return [
    checkSystem(state.system),
    checkUser(state),
    ...(state.system.os === "linux" ? [checkKvm(state)] : []),
    checkCapacity(state),
    checkClock(state),
  ];
}

function checkSystem({ os, arch, name }: SystemFacts): DoctorCheck {
  const told = { id: "system", group: "host", text: `${name}, ${arch}` } as const;
  const isKnown = (os === "linux" || os === "darwin") && (arch === "x64" || arch === "arm64");
  if (isKnown) return fine(told);
  const why = "limaform runs machines on Linux and macOS, on x86_64 and aarch64.";
  return missing({ ...told, why, next: os === "win32" ? ["use WSL 2"] : [] });
}

function checkUser({ system, invocation }: HostState): DoctorCheck {
  const told = { id: "user", group: "host" } as const;
  if (system.uid !== 0) return fine({ ...told, text: `${system.user}, not root` });
  const why = "Lima does not run machines as root, and limaform does not change user: be another user for it.";
  return missing({ ...told, text: "you are root", why, next: [lineAsOther({ ...system, invocation })] });
}

function checkKvm({ system, kvm, hasQemu }: HostState): DoctorCheck {
  const told = { id: "kvm", group: "host" } as const;
  if (kvm === null) {
    const why = hasQemu ? "It could not be tried." : "It is tried with QEMU, which is not here.";
    return skipped({ ...told, text: "whether KVM runs a guest is not known", why });
  }
  const as = system.uid === 0 ? " (tried as root)" : "";
  if (kvm.runs) return fine({ ...told, text: `KVM runs guests${as}` });
  const why = "Machines are emulated in software: all works, but booting and building take many times as long.";
  return warning({ ...told, text: `no KVM: ${kvm.text}${as}`, why, next: kvmLines(system, kvm.text) });
}

function kvmLines(system: SystemFacts, text: string): readonly string[] {
  if (/EACCES|EPERM|[Pp]ermission denied/.test(text)) {
    const join = asRoot(system, `usermod --append --groups kvm ${system.user}`);
    return ["ls -l /dev/kvm", `where it names the group kvm: ${join}, then log out and in again`];
  }
  if (/there is no/.test(text)) {
    return [
      asRoot(system, "modprobe kvm"),
      "where that fails: turn virtualization on in the firmware; in a VM, nested virtualization",
    ];
  }
  return ["in a VM: turn nested virtualization on, or use a host that has KVM"];
}

function checkCapacity({ cpus, memoryBytes, wanted }: HostState): DoctorCheck {
  const told = { id: "capacity", group: "host" } as const;
  const has = `${cpus} CPUs, ${showSize(memoryBytes)} of memory`;
  if (wanted === null) return fine({ ...told, text: has });
  const needs = wanted.workers * wanted.memoryBytes;
  const text = `${has}; ${wanted.workers === 1 ? "the spec's one worker takes" : `the spec's ${wanted.workers} workers take`} ${showSize(needs)}`;
  if (needs > memoryBytes) {
    const why = "More than there is: machines are ended by the system when memory runs out.";
    return warning({ ...told, text, why, next: ["make workers or vm.memory smaller in limaform.toml"] });
  }
  if (wanted.cpus <= cpus) return fine({ ...told, text });
  const why = `vm.cpus is ${wanted.cpus}: more than the host has makes every worker slower.`;
  return warning({ ...told, text, why, next: [`set vm.cpus to at most ${cpus} in limaform.toml`] });
}

function checkClock({ nowMs, newestMs, system }: HostState): DoctorCheck {
  const told = { id: "clock", group: "host" } as const;
  const now = new Date(nowMs).toISOString();
  if (newestMs <= nowMs + CLOCK_SLACK_MS) return fine({ ...told, text: now });
  const text = `the clock says ${now}, but files of limaform are from ${new Date(newestMs).toISOString()}`;
  const why = "Certificates, marks and time limits go by the clock; workers take it from this host.";
  const next = system.os === "darwin" ? "sudo sntp -sS time.apple.com" : asRoot(system, "timedatectl set-ntp true");
  return warning({ ...told, text, why, next: [next] });
}
