import type { Readable } from "node:stream";
import type { Json } from "../util/json.js";

/**
 * What a file must be, whatever server it came from.
 *
 * Shape: `value` is hex for `sha256` and `sha512`; for `h1` it is Go's base64 hash over the files of a module's zip.
 */
export type Checksum = {
  readonly algorithm: "sha256" | "sha512" | "h1";
  readonly value: string;
};

export type RemoteFile = {
  readonly url: string;
  readonly checksum: Checksum;
  /** Null where the index does not tell. */
  readonly bytes: number | null;
};

/** A file of the host's cache that has its checksum. */
export interface CachedFile {
  readonly checksum: Checksum;
  readonly bytes: number;
  /** What came from outside for it now: 0 where the cache had it. */
  readonly downloadedBytes: number;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly report: (text: string) => void;
}

/** Proxies of the host, for a guest that downloads itself. */
export interface Proxies {
  readonly http: string | null;
  readonly https: string | null;
  /** Comma-separated, as in NO_PROXY. */
  readonly none: string;
}

/**
 * Downloads of the host, behind its proxies and trust roots, kept in a cache by checksum that all projects of the user
 * share. Everything is whole or not there, also after a crash and with several limaforms at once.
 *
 * Units: bytes.
 * Errors: DOWNLOAD_…; STORE_… where the cache cannot be written.
 */
export interface Downloads {
  /** A small text, never from the cache. */
  readText(
    url: string,
    options: DownloadOptions & { readonly accept?: string },
  ): Promise<{ readonly text: string; readonly bytes: number }>;
  /** From the cache, else from outside; checked in both cases. */
  fetch(file: RemoteFile, options: DownloadOptions): Promise<CachedFile>;
  /** Null where the cache does not have it. */
  find(checksum: Checksum): Promise<CachedFile | null>;
  /** Their contents, one behind the other. */
  open(files: readonly CachedFile[]): Readable;
  /**
   * Takes files into the cache that `pour` gives one behind the other, each of the size and checksum that is expected of
   * it. What is not that is left out. Returns how many were taken.
   */
  keep(files: readonly ExpectedFile[], pour: (sink: (chunk: Uint8Array) => void) => Promise<void>): Promise<number>;
  /** Files that nobody has used since then (ISO time). */
  unused(since: string): Promise<FileTotal>;
  /** Removes them, and says what went. A file that somebody is reading is read to its end. */
  removeUnused(since: string): Promise<FileTotal>;
  /** What was found out before, by a name of `[a-z0-9.-]`; null when there is nothing or it is damaged. */
  recall(name: string): Promise<Json | null>;
  remember(name: string, value: Json): Promise<void>;
  /** Where the user's npm gets its packages. Errors: DOWNLOAD_NO_REGISTRY. */
  npmRegistry(signal: AbortSignal): Promise<string>;
  /** How large a file is, from its server, once, without fetching it. Nothing that goes wrong there is an error. */
  sizeOf(url: string, options: Pick<DownloadOptions, "signal" | "timeoutMs">): Promise<RemoteSize>;
  /** Null where the host has none. */
  proxies(): Proxies | null;
}

/** Units: bytes. `unknown`: why there are none, for people; null where there are. */
export type RemoteSize =
  | { readonly bytes: number; readonly unknown: null }
  | { readonly bytes: null; readonly unknown: string };

/** Units: bytes. */
export interface FileTotal {
  readonly files: number;
  readonly bytes: number;
}

export interface ExpectedFile {
  readonly checksum: Checksum;
  readonly bytes: number;
}
