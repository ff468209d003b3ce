/* Effects: downloads one file into the cache. */
import { Transform } from "node:stream";
import type { DownloadOptions, RemoteFile } from "../../ports/downloads.js";
import type { FileCache } from "./cache.js";
import { hasChecksum } from "./checksum.js";
import { tooLarge, truncated, wrongChecksum } from "./classify.js";
import type { Client } from "./client.js";

/** No file of a tool or an agent is larger; a server that never ends is not waited for. */
const MAX_FILE_BYTES = 4 * 1024 ** 3;
const MIB = 1024 * 1024;
const PROGRESS_BYTES = 4 * MIB;

/** One attempt. Returns what came. Errors: DOWNLOAD_…; those of the file system, untyped. */
export async function download(
  { client, cache }: { readonly client: Client; readonly cache: FileCache },
  file: RemoteFile,
  { signal, report }: Pick<DownloadOptions, "signal" | "report">,
): Promise<number> {
  let wanted = file.bytes;
  const limit = file.bytes ?? MAX_FILE_BYTES;
  const counter = countBytes((bytes) => {
    if (bytes > limit) throw tooLarge(file.url, limit);
    report(progressOf(bytes, wanted));
  });
  const open = async () => {
    const { body, bytes } = await client.get(file.url, {}, signal);
    wanted = bytes ?? wanted;
    return [body, counter.stream] as const;
  };
  await cache.take(open, file.checksum, async (path) => {
    const got = counter.bytes();
    if (wanted !== null && got < wanted) throw truncated(file.url, got, wanted);
    if (!(await hasChecksum(path, file.checksum))) throw wrongChecksum(file.url, file.checksum.algorithm);
  });
  return counter.bytes();
}

function countBytes(onProgress: (bytes: number) => void) {
  let bytes = 0;
  let told = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      try {
        if (bytes - told >= PROGRESS_BYTES || bytes > MAX_FILE_BYTES) {
          told = bytes;
          onProgress(bytes);
        }
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        onProgress(bytes);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  return { stream, bytes: () => bytes };
}

function progressOf(bytes: number, wanted: number | null): string {
  const done = `${Math.round(bytes / MIB)} MiB`;
  return wanted === null ? done : `${done} of ${Math.round(wanted / MIB)} MiB`;
}
