/* Effects: notes beside an image what its disk was when it was sealed, and compares. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { readBacking } from "./backing.js";
import { type Fields, isFields } from "./fields.js";
import { orIfAbsent } from "./fs-errors.js";
import { readSealNote, writeSealNote } from "./instance-files.js";

/** Shape: no inode: a LIMA_HOME that was restored from a backup holds the same images. Units: bytes, nanoseconds. */
interface FileStamp extends Fields {
  readonly size: string;
  readonly mtimeNs: string;
  readonly isWritable: boolean;
}

/** Notes the disk, and of a linked one the base below it, as they are now: the last of the seal that touches them. */
export async function noteSealedDisk(dir: string, instance: string): Promise<void> {
  await writeSealNote(dir, instance, { files: await stampsOf(dir) });
}

/** What is not as the seal noted it, in words; null where all is, or nothing was noted. Two or three small reads. */
export async function changedDisk(dir: string, instance: string): Promise<string | null> {
  const noted = (await readSealNote(dir, instance))?.files;
  if (!isFields(noted)) return null;
  const found = await stampsOf(dir);
  const texts = Object.entries(noted).flatMap(([name, before]) => {
    const why = difference(before, found[name]);
    return why === null ? [] : [`${name === "disk" ? "its disk" : `its base ${name}`} ${why}`];
  });
  return texts.length === 0 ? null : texts.join(", ");
}

async function stampsOf(dir: string): Promise<Readonly<Record<string, FileStamp>>> {
  const disk = join(dir, "disk");
  const backing = await readBacking(disk);
  const paths = [disk, ...(backing.kind === "file" ? [backing.path] : [])];
  const found = await Promise.all(paths.map(async (path) => [basename(path), await stampOf(path)] as const));
  return Object.fromEntries(found.flatMap(([name, stamp]) => (stamp === null ? [] : [[name, stamp]])));
}

async function stampOf(path: string): Promise<FileStamp | null> {
  const found = await orIfAbsent(stat(path, { bigint: true }), null);
  if (found === null) return null;
  const { size, mtimeNs, mode } = found;
  return { size: String(size), mtimeNs: String(mtimeNs), isWritable: (mode & 0o222n) !== 0n };
}

function difference(before: unknown, now: FileStamp | undefined): string | null {
  if (now === undefined) return "is gone or stands on another base";
  if (!isFields(before)) return null;
  if (before.size !== now.size || before.mtimeNs !== now.mtimeNs) return "was written to since it was sealed";
  return before.isWritable === now.isWritable ? null : "is no longer read-only";
}
