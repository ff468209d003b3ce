import { codeOf, messageOf, sizeIfThere } from "../adapters/host/files.js";
import { cachedDownload } from "../adapters/lima/download-cache.js";
import type { PlannedFile } from "../plan/document.js";
import type { Downloads } from "../ports/downloads.js";
import type { BaseFile } from "../resources/image/base-files.js";
import { isUrl } from "../resources/image/entry.js";
import type { ResolvedSpec } from "../resources/kind.js";
import { showSize } from "../util/bytes.js";
import { plainUrl } from "../util/plain-url.js";
import { hostPath } from "./host-path.js";

/** So long a server is waited for, who only has to say how large a file is. */
const ANSWER_LIMIT_MS = 5_000;

export interface Looking {
  readonly spec: Pick<ResolvedSpec, "root">;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly downloads: Pick<Downloads, "sizeOf">;
  readonly signal: AbortSignal;
}

/** Where each file is, and how large. Only what limactl would have to download is asked for outside, once. */
export function lookAtBaseFiles(files: readonly BaseFile[], looking: Looking): Promise<readonly PlannedFile[]> {
  return Promise.all(
    files.map((file) => (isUrl(file.location) ? lookAtUrl(file, looking) : lookAtPath(file, looking))),
  );
}

async function lookAtUrl({ what, location }: BaseFile, looking: Looking): Promise<PlannedFile> {
  const { env, downloads, signal } = looking;
  const told = { what, location: plainUrl(location) };
  const cached = await size(() => cachedDownload(env, location));
  if (cached.bytes !== null) return { ...told, from: "cache", ...cached };
  return { ...told, from: "download", ...(await downloads.sizeOf(location, { signal, timeoutMs: ANSWER_LIMIT_MS })) };
}

async function lookAtPath({ what, location }: BaseFile, { spec, home }: Looking): Promise<PlannedFile> {
  const path = hostPath(spec, location, home);
  return { what, location: path, from: "file", ...(await size(() => sizeIfThere(path))) };
}

/** A folder that may not be looked into hides a size; it stops nobody from planning. */
async function size(look: () => Promise<number | null>): Promise<Pick<PlannedFile, "bytes" | "unknown">> {
  try {
    const bytes = await look();
    return { bytes, unknown: bytes === null ? "there is no such file" : null };
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return { bytes: null, unknown: messageOf(error) };
  }
}

/** One sentence without its beginning: "the kernel PATH …". */
export function baseFileText({ what, location, from, bytes, unknown }: PlannedFile): string {
  const amount = bytes === null ? `size unknown (${unknown})` : showSize(bytes);
  const where = {
    file: `is a file of this host: ${amount}`,
    cache: `is in Lima's cache: ${amount}, nothing to download`,
    download: `is to be downloaded: ${amount}`,
  };
  return `the ${what} ${location} ${where[from]}`;
}
