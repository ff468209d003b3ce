import { chmod, link, lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { LimaError } from "../../errors/errors.js";
import { sha256Hex } from "../../util/digest.js";
import { type Backing, readBacking } from "./backing.js";
import { boxBootFiles } from "./boot-files.js";
import type { DisksContext } from "./disks.js";
import { codeOf, orIfAbsent } from "./fs-errors.js";
import { assertInstanceName } from "./names.js";
import { instanceProcesses } from "./ownership.js";

export interface SealContext extends DisksContext {
  /** Where bases are kept. */
  readonly folder: string;
}

/**
 * Makes the stopped instance's disk a read-only base and puts a thin overlay in its place.
 *
 * Order: second name for the disk in `bases/` → backing path of the disk as seen from there → read-only → overlay under
 * a temporary name → renamed over the disk. After a crash anywhere the disk's content is still there under one of the
 * two names, and a second seal goes on where the first ended; sealed already = nothing to do. Kernel and initrd follow
 * last.
 * Errors: LIMA_WRONG_STATUS, LIMA_DISK_FAILED, LIMA_DISK_FULL, LIMA_TOOL_MISSING.
 * Source: reference/lima.md §0, "Linked clones work".
 */
export async function sealDisk(context: SealContext, instance: string, signal: AbortSignal): Promise<void> {
  assertInstanceName(instance);
  const dir = join(context.home, instance);
  const disk = join(dir, "disk");
  await mustBeStopped(context, instance, signal);
  const backing = await readBacking(disk);
  if (backing.kind === "absent" || backing.kind === "unreadable") throw noDisk(instance, disk, backing);
  const isSealed = backing.kind === "file" && isBaseOf(instance, backing.path, context.folder);
  const base = isSealed ? backing.path : await moveDisk(context, { instance, dir, disk, backing }, signal);
  await boxBootFiles(dir, base);
}

/**
 * A disk whose move has begun is read-only, and may name its backing file as seen from `bases/`: no VM starts on it. Its
 * second name may be gone already, as that of a base that nobody needs. The move is ended; what is written from then on
 * lies in the overlay.
 */
export async function endSeal(context: SealContext, instance: string, signal: AbortSignal): Promise<void> {
  assertInstanceName(instance);
  const found = await orIfAbsent(lstat(join(context.home, instance, "disk")), null);
  if (found === null) return;
  const isWritable = (found.mode & 0o200) !== 0;
  if (found.nlink > 1 || !isWritable) await sealDisk(context, instance, signal);
}

interface DiskToSeal {
  readonly instance: string;
  readonly dir: string;
  readonly disk: string;
  readonly backing: Backing;
}

/** Disk to base, overlay in its place; returns the base. */
async function moveDisk(context: SealContext, of: DiskToSeal, signal: AbortSignal): Promise<string> {
  const { instance, dir, disk, backing } = of;
  await mkdir(context.folder, { recursive: true, mode: 0o700 });
  const base = await nameInBases(context.folder, instance, disk, backing);
  if (backing.kind === "file") await moveBacking(context, { disk, base, backing }, signal);
  await chmod(base, 0o444);
  const format = backing.kind === "none" ? backing.format : "qcow2";
  // Lima's clone passes over `.tmp` files, and `stop -f` removes them.
  const temporary = join(dir, "disk.limaform.tmp");
  await rm(temporary, { force: true });
  await context.qemuImg.createOverlay(temporary, { path: relative(dir, base), format }, signal);
  await sync(temporary);
  await rename(temporary, disk);
  await sync(dir);
  await sync(context.folder);
  return base;
}

async function mustBeStopped(context: SealContext, instance: string, signal: AbortSignal): Promise<void> {
  const facts = await context.reader.inspect(instance, signal);
  const live = await instanceProcesses(join(context.home, instance));
  if (facts?.status === "stopped" && live.length === 0) return;
  const why =
    facts === null ? "there is no such instance" : `it is ${live.length > 0 ? "still running" : facts.status}`;
  throw new LimaError("LIMA_WRONG_STATUS", `cannot seal the disk of ${instance}: ${why}`, {
    hint: `limactl list ${instance}`,
    isTransient: live.length > 0,
  });
}

function isBaseOf(instance: string, path: string, folder: string): boolean {
  const rest = basename(path).slice(instance.length);
  return dirname(path) === folder && basename(path).startsWith(instance) && /^-[0-9a-f]{8}\.(qcow2|raw)$/.test(rest);
}

/** The disk's name in `bases/`: the one it got before a crash, or a new one. */
async function nameInBases(folder: string, instance: string, disk: string, backing: Backing): Promise<string> {
  const found = await lstat(disk, { bigint: true });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const other = await orIfAbsent(stat(path, { bigint: true }), null);
    if (other?.ino === found.ino && other.dev === found.dev) return path;
  }
  const extension = backing.kind === "none" ? backing.format : "qcow2";
  const digest = sha256Hex(`${found.ino}:${found.size}:${found.mtimeNs}`).slice(0, 8);
  const path = join(folder, `${instance}-${digest}.${extension}`);
  try {
    await link(disk, path);
  } catch (error) {
    if (codeOf(error) === null) throw error;
    throw new LimaError("LIMA_DISK_FAILED", `cannot keep the disk of ${instance} as ${path} (${codeOf(error)})`, {
      hint: `ls -la ${folder}`,
      cause: error,
    });
  }
  return path;
}

/** A relative backing path is relative to the folder of the file that names it; the disk gets another folder. */
async function moveBacking(
  context: SealContext,
  names: { readonly disk: string; readonly base: string; readonly backing: Backing & { readonly kind: "file" } },
  signal: AbortSignal,
): Promise<void> {
  const { base, backing } = names;
  const seenFromBase = resolve(context.folder, backing.written);
  // After a crash it may be changed already: then it leads nowhere from the instance's folder.
  const isThere = async (path: string) => (await orIfAbsent(stat(path), null)) !== null;
  const target = (await isThere(backing.path)) ? backing.path : (await isThere(seenFromBase)) ? seenFromBase : null;
  if (target === null) {
    throw new LimaError("LIMA_DISK_FAILED", `the disk ${names.disk} stands on a file that is gone: ${backing.path}`, {
      hint: "Build the images anew: limaform apply --replace image.tools --replace image.golden",
    });
  }
  const written = relative(context.folder, target);
  if (written === backing.written) return;
  await chmod(base, 0o600);
  const { kind, ...rest } = await readBacking(target);
  const format = kind === "none" && "format" in rest ? rest.format : "qcow2";
  await context.qemuImg.renameBacking(base, { path: written, format }, signal);
}

function noDisk(instance: string, disk: string, backing: Backing): LimaError {
  const why = backing.kind === "unreadable" ? backing.text : `there is no ${disk}`;
  return new LimaError("LIMA_DISK_FAILED", `cannot seal the disk of ${instance}: ${why}`, { hint: `ls -la ${disk}` });
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
