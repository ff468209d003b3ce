/* Effects: requests to the outside, and the user's download cache. */
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { DownloadError, LimaformError } from "../../errors/errors.js";
import type { DownloadOptions, Downloads } from "../../ports/downloads.js";
import type { Clock } from "../../ports/host.js";
import { parseJson } from "../../record/narrow.js";
import type { Json } from "../../util/json.js";
import { cacheFolder } from "../cache-folder.js";
import { trustedRoots } from "../host/certificates.js";
import { readIfThere } from "../host/files.js";
import { replaceFile } from "../store/files.js";
import { toStoreError } from "../store/store-errors.js";
import { createFileCache } from "./cache.js";
import { fromNetwork, timedOut, tooLarge } from "./classify.js";
import { type Client, createClient } from "./client.js";
import { keepFiles } from "./keep.js";
import { npmRegistryOf } from "./npm-registry.js";
import { proxiesOf } from "./proxies.js";
import { remoteSize } from "./remote-size.js";
import { download } from "./transfer.js";

/** An index; the largest known ones have some 20 MiB. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const RETRY_MS = [1_000, 4_000];

export interface DownloadsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent = this machine's. */
  readonly platform?: NodeJS.Platform;
  readonly clock: Clock;
}

export function createDownloads(options: DownloadsOptions): Downloads {
  const { env, clock } = options;
  const root = cacheFolder(options);
  const cache = createFileCache(join(root, "downloads"), clock);
  const noteFile = (name: string): string => join(root, "resolved", `${name}.json`);
  let client: Promise<Client> | null = null;
  let registry: Promise<string> | null = null;
  let isSwept = false;

  // Trust roots are read once, and only where something is downloaded.
  const connect = (): Promise<Client> => {
    client ??= trustedRoots(env).then((roots) =>
      createClient({ proxies: proxiesOf(env) ?? { http: null, https: null, none: "" }, roots }),
    );
    return client;
  };
  const sweepOnce = async (): Promise<void> => {
    if (isSwept) return;
    isSwept = true;
    await cache.sweep();
  };

  return {
    readText: (url, { accept, ...rest }) =>
      persistently(url, rest, clock, async (signal) => {
        const { body } = await (await connect()).get(url, accept === undefined ? {} : { accept }, signal);
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of body as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          if (bytes > MAX_TEXT_BYTES) throw tooLarge(url, MAX_TEXT_BYTES);
          chunks.push(chunk);
        }
        return { text: Buffer.concat(chunks).toString("utf8"), bytes };
      }),

    fetch: (file, rest) =>
      inCache(root, async () => {
        await sweepOnce();
        const cached = await cache.check(file.checksum);
        if (cached !== null) return { checksum: file.checksum, bytes: cached, downloadedBytes: 0 };
        const bytes = await persistently(file.url, rest, clock, async (signal) =>
          download({ client: await connect(), cache }, file, { signal, report: rest.report }),
        );
        return { checksum: file.checksum, bytes, downloadedBytes: bytes };
      }),

    find: (checksum) =>
      inCache(root, async () => {
        const bytes = await cache.check(checksum);
        return bytes === null ? null : { checksum, bytes, downloadedBytes: 0 };
      }),

    open: (files) => Readable.from(contentsOf(files.map(({ checksum }) => cache.pathOf(checksum)))),
    keep: (files, pour) => inCache(root, () => keepFiles(cache, files, pour)),

    unused: (since) => inCache(root, () => cache.unusedSince(since)),
    removeUnused: (since) => inCache(root, () => cache.removeUnusedSince(since)),

    async recall(name) {
      const text = await readIfThere(noteFile(name));
      return text === null ? null : ((parseJson(text) ?? null) as Json);
    },

    remember: (name, value) =>
      inCache(root, async () => {
        await mkdir(join(root, "resolved"), { recursive: true, mode: 0o700 });
        await replaceFile(noteFile(name), `${JSON.stringify(value)}\n`, clock.randomHex(16));
      }),

    npmRegistry(signal) {
      registry ??= npmRegistryOf(env, signal);
      return registry;
    },
    sizeOf: (url, rest) => remoteSize(connect, url, rest),
    proxies: () => proxiesOf(env),
  };
}

async function* contentsOf(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 1024 * 1024 });
}

/** Tries again what may pass by itself; says in one place that time is up. */
async function persistently<T>(
  url: string,
  { signal, timeoutMs }: Pick<DownloadOptions, "signal" | "timeoutMs">,
  clock: Clock,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, limit]);
  for (let round = 0; ; round += 1) {
    try {
      return await attempt(either);
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) throw timedOut(url, Math.round(timeoutMs / 1000));
      const typed = error instanceof LimaformError || isOfFiles(error) ? error : fromNetwork(url, error);
      const pause = RETRY_MS[round];
      if (pause === undefined || !(typed instanceof DownloadError) || !typed.isTransient) throw typed;
      await clock.sleep(pause, either);
    }
  }
}

/** Of the cache's folder, not of the network. */
const isOfFiles = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && "path" in error && typeof error.path === "string";

async function inCache<T>(root: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw isOfFiles(error) ? toStoreError(error, "write", root) : error;
  }
}
