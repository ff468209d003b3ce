import { access, constants, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunOutcome, run } from "../process/run.js";
import { codeOf } from "./fs-errors.js";

/** A tiny guest is through in well under a second where KVM runs. */
const LIMIT_MS = 6_000;
const DEVICE = "/dev/kvm";

/** What the probe found, with the reason in words. */
export interface KvmFinding {
  readonly runs: boolean;
  readonly text: string;
  /** True where a guest was really tried: only such a finding is worth keeping. */
  readonly wasTried: boolean;
}

/*
 * A 64 KiB "BIOS" for a PC: from the reset vector to long mode by itself (page tables at 0x1000), there
 * `mov $0x31,%al; out %al,$0xf4; hlt`. The port belongs to QEMU's `isa-debug-exit`, which ends QEMU with
 * (value << 1) | 1 = 99. Needs no kernel, disk or firmware. Real mode alone would not do: there are hosts where it runs
 * and a kernel does not.
 */
const PC_CODE =
  "+vwxwI7YjsBmvwAQAAAPIt9mMcBmuQAMAABm86tmxwYAEAMgAABmxwYAIAMwAABmxwYAMIMAAABmuCAAAAAPIuBmuYAAAMAPMmYNAAEAAA8wLmYPARaAAGa4EQAAgA8iwGbqaQAPAAgAsDHm9PTr/QAAAAAAAAAAAAAAAACaIAAPAHAADw==";
const PC_RESET_VECTOR = { at: 0xfff0, code: [0xea, 0x00, 0x00, 0x00, 0xf0] };
const PC_ROM_BYTES = 0x10000;
const DEBUG_EXIT = 99;

/* For arm64: w0 = PSCI SYSTEM_OFF (0x84000008); hvc #0; branch to itself. QEMU ends with 0. */
const POWER_OFF = [0x00, 0x01, 0x80, 0x52, 0x00, 0x80, 0xb0, 0x72, 0x02, 0x00, 0x00, 0xd4, 0x00, 0x00, 0x00, 0x14];

/**
 * Whether KVM really runs a guest here: the device file alone proves nothing (no permission, no nested virtualization).
 *
 * Effects: runs QEMU for a moment, with a temporary folder.
 */
export async function probeKvm(
  arch: "x86_64" | "aarch64",
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<KvmFinding> {
  const refused = await accessRefused();
  if (refused !== null) return { runs: false, text: refused, wasTried: false };
  return tryGuest({ arch, accel: "kvm", path: env.PATH ?? "/usr/bin:/bin" }, signal);
}

/** Runs the tiny guest. Only a test asks for `tcg`: to prove that the guest itself is right. */
export async function tryGuest(
  guest: { readonly arch: "x86_64" | "aarch64"; readonly accel: "kvm" | "tcg"; readonly path: string },
  signal?: AbortSignal,
): Promise<KvmFinding> {
  const { arch, accel, path } = guest;
  const folder = await mkdtemp(join(tmpdir(), "limaform-kvm-"));
  try {
    const rom = join(folder, "rom");
    await writeFile(rom, arch === "x86_64" ? pcRom() : Buffer.from(POWER_OFF));
    const outcome = await run({
      command: `qemu-system-${arch}`,
      args: machineArguments(arch, accel, rom),
      cwd: folder,
      env: { PATH: path, HOME: folder },
      timeoutMs: LIMIT_MS,
      killDelayMs: 200,
      signal,
      classify: () => null,
    });
    if (outcome.startError !== null) {
      return { runs: false, text: `qemu-system-${arch}: ${outcome.startError}`, wasTried: false };
    }
    const runs = outcome.exitCode === (arch === "x86_64" ? DEBUG_EXIT : 0);
    return { runs, text: runs ? `${accel} runs guests` : whyNot(outcome), wasTried: true };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function whyNot(outcome: RunOutcome): string {
  if (outcome.isTimedOut) return "a guest under KVM hangs";
  return outcome.stderr.trim().split("\n").at(-1) || "a guest under KVM did not run";
}

async function accessRefused(): Promise<string | null> {
  try {
    await access(DEVICE, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    return code === "ENOENT" ? `there is no ${DEVICE}` : `${DEVICE} is there, but this user may not use it (${code})`;
  }
}

function pcRom(): Buffer {
  const rom = Buffer.alloc(PC_ROM_BYTES);
  rom.set(Buffer.from(PC_CODE, "base64"));
  rom.set(PC_RESET_VECTOR.code, PC_RESET_VECTOR.at);
  return rom;
}

/** `accel` is `kvm`; a test runs the same guest under `tcg`. */
function machineArguments(arch: "x86_64" | "aarch64", accel: string, rom: string): readonly string[] {
  const small = ["-nodefaults", "-display", "none", "-no-user-config", "-no-reboot", "-bios", rom];
  return arch === "x86_64"
    ? [
        ...["-machine", `q35,accel=${accel}`, ...(accel === "kvm" ? ["-cpu", "host"] : []), "-m", "16"],
        ...["-device", "isa-debug-exit,iobase=0xf4,iosize=0x1", ...small],
      ]
    : ["-machine", `virt,accel=${accel}`, ...(accel === "kvm" ? ["-cpu", "host"] : []), "-m", "128", ...small];
}
