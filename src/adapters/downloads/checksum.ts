/* Effects: reads files. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Checksum } from "../../ports/downloads.js";
import { hashModuleZip } from "./module-zip.js";

/** Name of a file in the cache: the same content has the same name. */
export function cacheName({ algorithm, value }: Checksum): string {
  return `${algorithm}-${algorithm === "h1" ? Buffer.from(value, "base64").toString("hex") : value.toLowerCase()}`;
}

/** Whether the file has the checksum. Errors: those of the file system; DOWNLOAD_DAMAGED for a zip that cannot be read. */
export async function hasChecksum(path: string, checksum: Checksum): Promise<boolean> {
  if (checksum.algorithm === "h1") return (await hashModuleZip(await readFile(path))) === checksum.value;
  const hash = createHash(checksum.algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return isDigest(hash, checksum);
}

export function isDigest(hash: Hash, checksum: Checksum): boolean {
  return hash.digest("hex") === checksum.value.toLowerCase();
}
