import { readdir, realpath, statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { LimaError } from "../../errors/errors.js";
import type { HostFacts } from "../../world/world.js";
import { readCache, writeCache } from "./cache-file.js";
import { cloneMethodOf } from "./clone-method.js";
import { openDefaults, readMerged } from "./defaults.js";
import { fieldsAt } from "./fields.js";
import { codeOf, orIfAbsent } from "./fs-errors.js";
import { type KvmFinding, probeKvm } from "./kvm-probe.js";
import type { Limactl } from "./limactl.js";
import { maxNameLength } from "./names.js";
import { createRawConfigReader } from "./raw-config.js";
import { hasReflinks } from "./reflink.js";

export interface HostOptions {
  /** Real path of LIMA_HOME. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Changes with every boot of the host; see `boot-id.ts`. */
  readonly bootId: () => Promise<string>;
}

export interface Host {
  facts(limactl: Limactl, signal?: AbortSignal): Promise<HostFacts>;
  isEmulated(signal?: AbortSignal): Promise<boolean>;
}

/**
 * Facts of this host. What must be tried out (does KVM run a guest, does the file system share blocks) is tried once per
 * boot and kept in `_limaform/host.json`.
 */
export function createHost(options: HostOptions): Host {
  let probes: Promise<HostProbes> | null = null;
  const probesOnce = (signal?: AbortSignal): Promise<HostProbes> => {
    probes ??= findProbes(options, signal).catch((error: unknown) => {
      probes = null;
      throw error;
    });
    return probes;
  };
  const isEmulated = async (signal?: AbortSignal): Promise<boolean> => {
    // The user's own choice of QEMU wins, also where it is emulation.
    const own = options.env[`QEMU_SYSTEM_${hostArch().toUpperCase()}`] ?? "";
    return /accel=tcg|-accel tcg/.test(own) || !(await probesOnce(signal)).kvm.runs;
  };
  return {
    isEmulated,
    async facts(limactl, signal) {
      // Before the version: a listing that was asked for at the same time starts its limactl meanwhile, and takes longer.
      const merged = readMerged(options.home, createRawConfigReader());
      const limaVersion = await limactl.version(signal);
      const { reflinks } = await probesOnce(signal);
      const open = await openDefaults(merged, limactl, signal);
      const os = hostOs();
      const vmType = os === "darwin" ? "vz" : "qemu";
      return {
        limaHome: options.home,
        os,
        arch: hostArch(),
        cpus: cpus().length,
        memoryBytes: totalmem(),
        vmType,
        isEmulated: await isEmulated(signal),
        cloneMethod: cloneMethodOf({ hasReflinks: reflinks, vmType }),
        limaVersion,
        maxNameLength: maxNameLength(os, options.home),
        ...(await freeBytes(options.home)),
        ...(open.length === 0 ? {} : { openDefaults: open }),
      };
    },
  };
}

/** Of the file system of a LIMA_HOME that may not be there yet. */
async function freeBytes(home: string): Promise<{ readonly diskFreeBytes?: number }> {
  for (let path = home; ; path = dirname(path)) {
    const found = await orIfAbsent(statfs(path), null);
    if (found !== null) return { diskFreeBytes: found.bavail * found.bsize };
    if (path === dirname(path)) return {};
  }
}

interface HostProbes {
  readonly kvm: KvmFinding;
  readonly reflinks: boolean;
}

const FORMAT = "limaform.host";

async function findProbes(options: HostOptions, signal: AbortSignal | undefined): Promise<HostProbes> {
  const state = join(options.home, "_limaform");
  const file = join(state, "host.json");
  const bootId = await options.bootId();
  const known = await readProbes(file, bootId);
  const kvm = known?.kvm ?? (await findKvm(options, signal));
  const tried = known?.reflinks ?? (await hasReflinks(state));
  const reflinks = tried ?? false;
  // What was only looked up is looked up again and not kept: a plan writes nothing when it learnt nothing.
  const isNew = tried !== null && (known?.reflinks === undefined || (known.kvm === undefined && kvm.wasTried));
  if (isNew) await writeCache(file, FORMAT, { bootId, reflinks, ...(kvm.wasTried ? { kvm } : {}) });
  return { kvm, reflinks };
}

async function findKvm(options: HostOptions, signal: AbortSignal | undefined): Promise<KvmFinding> {
  if (hostOs() === "darwin") return { runs: true, text: "macOS virtualizes by itself", wasTried: true };
  return probeKvm(hostArch(), options.env, signal);
}

/** Whether KVM runs a guest: known of this boot, else tried. Kept only where there is a state folder already. */
export async function findKvmOnce(options: HostOptions, signal?: AbortSignal): Promise<KvmFinding> {
  const state = join(options.home, "_limaform");
  const file = join(state, "host.json");
  const bootId = await options.bootId();
  const known = await readProbes(file, bootId);
  if (known?.kvm !== undefined) return known.kvm;
  const kvm = await findKvm(options, signal);
  const mayKeep = kvm.wasTried && (await orIfAbsent(readdir(state), null)) !== null;
  const reflinks = known?.reflinks === undefined ? {} : { reflinks: known.reflinks };
  if (mayKeep) await writeCache(file, FORMAT, { bootId, ...reflinks, kvm });
  return kvm;
}

async function readProbes(
  file: string,
  bootId: string,
): Promise<{ readonly kvm: KvmFinding | undefined; readonly reflinks: boolean | undefined } | null> {
  const value = await readCache(file, FORMAT);
  if (value?.bootId !== bootId) return null;
  const { runs, text: why } = fieldsAt(value, "kvm");
  return {
    kvm: typeof runs === "boolean" && typeof why === "string" ? { runs, text: why, wasTried: true } : undefined,
    reflinks: typeof value.reflinks === "boolean" ? value.reflinks : undefined,
  };
}

function hostOs(): "linux" | "darwin" {
  if (process.platform === "linux" || process.platform === "darwin") return process.platform;
  throw new LimaError("LIMA_UNSUPPORTED_HOST", `limaform runs VMs on Linux and macOS, not on ${process.platform}`, {
    hint: "On Windows use WSL 2.",
  });
}

function hostArch(): "x86_64" | "aarch64" {
  if (process.arch === "x64") return "x86_64";
  if (process.arch === "arm64") return "aarch64";
  throw new LimaError("LIMA_UNSUPPORTED_HOST", `limaform knows x86_64 and aarch64, not ${process.arch}`, {});
}

/**
 * Real path of a LIMA_HOME that may not exist yet: real as far as it exists.
 *
 * Effects: reads the file system.
 */
export async function realLimaHome(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const wanted = env.LIMA_HOME || join(env.HOME ?? "/", ".lima");
  const missing: string[] = [];
  for (let path = wanted; ; path = dirname(path)) {
    try {
      return join(await realpath(path), ...missing);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || path === dirname(path)) throw error;
      missing.unshift(path.slice(dirname(path).length).replace(/^\//, ""));
    }
  }
}
