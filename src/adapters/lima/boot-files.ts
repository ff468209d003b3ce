import { constants } from "node:fs";
import { copyFile, link, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { readBacking } from "./backing.js";
import { codeOf, orIfAbsent } from "./fs-errors.js";

/**
 * Kernel and initrd of images that are booted directly. They never change, are as large as a hundred thin overlays, and
 * Lima's clone would copy and sync them for each worker: a sealed image leaves them beside its base, and every clone of
 * ours gets a second name for them.
 */
const BOOT_FILES = ["kernel", "initrd"] as const;

/** Names of the files that go with a base disk. */
export function boxedNames(base: string): readonly string[] {
  return BOOT_FILES.map((name) => `${base}.${name}`);
}

/** Moves the boot files of a sealed image beside its base. Cut off anywhere, they are still in one of the two places. */
export async function boxBootFiles(dir: string, base: string): Promise<void> {
  for (const name of BOOT_FILES) {
    const path = join(dir, name);
    if (!(await isThere(path))) continue;
    const boxed = `${base}.${name}`;
    await rm(boxed, { force: true });
    await link(path, boxed);
    await rm(path);
  }
}

/** Gives an instance the boot files of the base under its disk, where it has none of its own. */
export async function unboxBootFiles(dir: string): Promise<void> {
  const backing = await readBacking(join(dir, "disk"));
  if (backing.kind !== "file") return;
  for (const name of BOOT_FILES) {
    const path = join(dir, name);
    const boxed = `${backing.path}.${name}`;
    if ((await isThere(path)) || !(await isThere(boxed))) continue;
    await linkOrCopy(boxed, path);
  }
}

/** Some file systems have no second names. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!["EPERM", "EXDEV", "ENOTSUP", "EMLINK"].includes(codeOf(error) ?? "")) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await orIfAbsent(stat(path), null)) !== null;
}
