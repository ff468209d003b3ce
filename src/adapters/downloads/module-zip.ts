import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { DownloadError } from "../../errors/errors.js";
import { compareText } from "../../util/compare.js";

const END_OF_DIRECTORY = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_UNPACKED_BYTES = 2 * 1024 ** 3;

/**
 * Go's `h1` hash of a module's zip: over the sorted list of (SHA-256 of a file, its name). It is what Go's checksum
 * database holds for modules.
 *
 * Errors: DOWNLOAD_DAMAGED where it is no zip, or one that unfolds beyond measure.
 * Source: golang.org/x/mod/sumdb/dirhash, Hash1; PKWARE's APPNOTE, 4.3.
 */
export async function hashModuleZip(zip: Buffer): Promise<string> {
  const lines: { readonly name: string; readonly line: string }[] = [];
  let left = MAX_UNPACKED_BYTES;
  for (const entry of entriesOf(zip)) {
    const content = await contentOf(zip, entry, left);
    left -= content.length;
    if (entry.name.includes("\n")) throw damaged("a name in it has a line break");
    const digest = createHash("sha256").update(content).digest("hex");
    lines.push({ name: entry.name, line: `${digest}  ${entry.name}\n` });
    // A toolchain has thousands of small files: signals and other steps get their turn between them.
    if (lines.length % 64 === 0) await nextTurn();
  }
  lines.sort((left_, right) => compareText(left_.name, right.name));
  const all = createHash("sha256");
  for (const { line } of lines) all.update(line);
  return all.digest("base64");
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
}

function entriesOf(zip: Buffer): readonly Entry[] {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + END_BYTES > zip.length || zip.readUInt32LE(end) !== END_OF_DIRECTORY) throw damaged("no zip");
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const entries: Entry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== ENTRY) throw damaged("its directory is torn");
    const nameBytes = zip.readUInt16LE(at + 28);
    const next = at + 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    if (next > zip.length) throw damaged("its directory is torn");
    entries.push({
      name: zip.toString("utf8", at + 46, at + 46 + nameBytes),
      method: zip.readUInt16LE(at + 10),
      packedBytes: zip.readUInt32LE(at + 20),
      bytes: zip.readUInt32LE(at + 24),
      offset: zip.readUInt32LE(at + 42),
    });
    at = next;
  }
  return entries;
}

async function contentOf(zip: Buffer, entry: Entry, leftBytes: number): Promise<Buffer> {
  const { offset, packedBytes, bytes, method } = entry;
  if (bytes > leftBytes) throw damaged("it unfolds to more than 2 GiB");
  if (offset + 30 > zip.length || zip.readUInt32LE(offset) !== LOCAL) throw damaged("a file in it is torn");
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(start, start + packedBytes);
  if (packed.length !== packedBytes) throw damaged("a file in it is torn");
  if (method === 0) return packed;
  if (method !== 8) throw damaged(`a file in it is packed by method ${method}`);
  try {
    // An output limit of 0 is none for zlib.
    return await promisify(inflateRaw)(packed, { maxOutputLength: Math.max(bytes, 1) });
  } catch (error) {
    throw damaged("a file in it cannot be unpacked", error);
  }
}

function damaged(why: string, cause?: unknown): DownloadError {
  return new DownloadError("DOWNLOAD_DAMAGED", `the downloaded zip is damaged: ${why}`, {
    hint: "look at the mirror that it came from (limaform config), then: limaform apply",
    ...(cause === undefined ? {} : { cause }),
  });
}
