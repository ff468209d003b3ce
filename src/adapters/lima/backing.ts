import { open } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { orIfAbsent } from "./fs-errors.js";

/** What a disk file says it stands on. */
export type Backing =
  | { readonly kind: "none"; readonly format: "raw" | "qcow2" }
  /** `written` as in the header; `path` absolute, seen from the disk's own folder. */
  | { readonly kind: "file"; readonly written: string; readonly path: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly text: string };

const QCOW2 = Buffer.from([0x51, 0x46, 0x49, 0xfb]);
/** Other formats that can stand on a second file: VMDK, QED, VHDX, VHD. */
const OTHERS = ["KDMV", "# Disk", "QED\0", "vhdxfile", "conectix", "COWD"].map((magic) => Buffer.from(magic, "latin1"));
const HEADER_BYTES = 32;
/** The format's own limit. */
const LONGEST_BACKING = 1023;

/**
 * Reads the backing file of a disk from its header: what `qemu-img info -U` says, without a process for each of hundreds
 * of disks, and while a VM holds the image lock. Anything that is not plainly understood is `unreadable`.
 *
 * Source: QEMU, docs/interop/qcow2.txt, "Header".
 */
export async function readBacking(disk: string): Promise<Backing> {
  const file = await orIfAbsent(open(disk, "r"), null);
  if (file === null) return { kind: "absent" };
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(head, 0, HEADER_BYTES, 0);
    // Empty or shorter than any header: somebody is writing it just now.
    if (bytesRead < HEADER_BYTES) return { kind: "unreadable", text: `${disk} has no header yet` };
    if (!head.subarray(0, 4).equals(QCOW2)) {
      const isOther = OTHERS.some((magic) => head.subarray(0, magic.length).equals(magic));
      return isOther
        ? { kind: "unreadable", text: `${disk} is of a format unknown here` }
        : { kind: "none", format: "raw" };
    }
    const offset = Number(head.readBigUInt64BE(8));
    const length = head.readUInt32BE(16);
    if (offset === 0) return { kind: "none", format: "qcow2" };
    if (length === 0 || length > LONGEST_BACKING) return { kind: "unreadable", text: `${disk} has a damaged header` };
    const name = Buffer.alloc(length);
    const read = await file.read(name, 0, length, offset);
    if (read.bytesRead < length) return { kind: "unreadable", text: `${disk} has a damaged header` };
    return backingOf(disk, name.toString("utf8"));
  } finally {
    await file.close();
  }
}

function backingOf(disk: string, written: string): Backing {
  const plain = written.replace(/^file:/, "");
  // `json:{…}`, `nbd://…`: more than a path.
  if (/^[a-z][a-z0-9+.-]*:/i.test(plain))
    return { kind: "unreadable", text: `${disk} stands on ${JSON.stringify(written)}` };
  return { kind: "file", written, path: isAbsolute(plain) ? plain : resolve(dirname(disk), plain) };
}
