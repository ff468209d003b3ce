/* Effects: asks a server how large a file is. */
import { LimaformError } from "../../errors/errors.js";
import type { Downloads, RemoteSize } from "../../ports/downloads.js";
import { fromNetwork } from "./classify.js";
import type { Client } from "./client.js";

/** See `Downloads.sizeOf`. Asked once: whoever plans is not kept waiting by pauses between attempts. */
export async function remoteSize(
  connect: () => Promise<Client>,
  url: string,
  { signal, timeoutMs }: Parameters<Downloads["sizeOf"]>[1],
): Promise<RemoteSize> {
  const limit = AbortSignal.timeout(timeoutMs);
  const { host } = new URL(url);
  try {
    const bytes = await (await connect()).size(url, AbortSignal.any([signal, limit]));
    return bytes === null ? { bytes, unknown: `${host} does not tell it` } : { bytes, unknown: null };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { bytes: null, unknown: `${host} did not answer within ${timeoutMs / 1000} s` };
    return { bytes: null, unknown: (error instanceof LimaformError ? error : fromNetwork(url, error)).message };
  }
}
