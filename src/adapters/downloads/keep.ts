/* Effects: files that come from a guest into the cache. */
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Downloads, ExpectedFile } from "../../ports/downloads.js";
import type { FileCache } from "./cache.js";
import { hasChecksum } from "./checksum.js";

class NotExpected extends Error {}

/** See `Downloads.keep`. Whoever sends more, less or something else only fills a temporary file up to what is expected. */
export async function keepFiles(
  cache: FileCache,
  files: readonly ExpectedFile[],
  pour: Parameters<Downloads["keep"]>[1],
): Promise<number> {
  const expected = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const path = await cache.partial();
  const file = openSync(path, "wx", 0o600);
  let got = 0;
  try {
    await pour((chunk) => {
      const part = chunk.subarray(0, Math.max(expected - got, 0));
      for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
      got += part.length;
    });
    return await takeAll(cache, files, path, got);
  } finally {
    closeSync(file);
    await rm(path, { force: true });
  }
}

async function takeAll(cache: FileCache, files: readonly ExpectedFile[], path: string, got: number): Promise<number> {
  let taken = 0;
  let start = 0;
  for (const { checksum, bytes } of files) {
    const end = start + bytes;
    if (bytes === 0 || end > got) break;
    taken += await takeOne(cache, checksum, () => createReadStream(path, { start, end: end - 1 }));
    start = end;
  }
  return taken;
}

async function takeOne(
  cache: FileCache,
  checksum: ExpectedFile["checksum"],
  part: () => ReturnType<typeof createReadStream>,
) {
  try {
    await cache.take(
      async () => [part()],
      checksum,
      async (path) => {
        if (!(await hasChecksum(path, checksum))) throw new NotExpected();
      },
    );
    return 1;
  } catch (error) {
    if (error instanceof NotExpected) return 0;
    throw error;
  }
}
