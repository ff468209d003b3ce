/* Effects: HTTP requests. The one home of undici. */
import type { Readable } from "node:stream";
import { EnvHttpProxyAgent, request } from "undici";
import { DownloadError } from "../../errors/errors.js";
import { badRedirect, fromNetwork, fromStatus } from "./classify.js";

const CONNECT_LIMIT_MS = 30_000;
const SILENCE_LIMIT_MS = 60_000;
const MAX_REDIRECTS = 5;

export interface Answer {
  readonly body: Readable;
  /** Null where the server does not tell. */
  readonly bytes: number | null;
}

/** Both follow redirects. Errors: DOWNLOAD_REFUSED, DOWNLOAD_UNREACHABLE, DOWNLOAD_UNTRUSTED. */
export interface Client {
  get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer>;
  /** What a GET would bring, in bytes, by a HEAD; null where the server does not tell. */
  size(url: string, signal: AbortSignal): Promise<number | null>;
}

export interface ClientOptions {
  readonly proxies: { readonly http: string | null; readonly https: string | null; readonly none: string };
  /** Roots to trust, PEM. */
  readonly roots: readonly string[];
}

/** Requests through the host's proxies, trusting the roots that the host trusts. */
export function createClient({ proxies, roots }: ClientOptions): Client {
  // Empty texts, because what is absent would be read from this process's own environment.
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxies.http ?? "",
    httpsProxy: proxies.https ?? "",
    noProxy: proxies.none,
    connect: { ca: [...roots], timeout: CONNECT_LIMIT_MS },
    requestTls: { ca: [...roots], timeout: CONNECT_LIMIT_MS },
    proxyTls: { ca: [...roots] },
    headersTimeout: SILENCE_LIMIT_MS,
    bodyTimeout: SILENCE_LIMIT_MS,
  });
  const ask = async (
    method: "GET" | "HEAD",
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => {
    let at = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const {
        statusCode,
        headers: answered,
        body,
      } = await attempt(at, signal, () =>
        request(at, { method, dispatcher, signal, headers: { "user-agent": "limaform", ...headers } }),
      );
      if (statusCode === 200) return { body, bytes: lengthOf(answered["content-length"]) };
      // Reading a refusal to its end frees the connection; how it reads says nothing more.
      await body.dump({ limit: 65_536 }).catch(() => {});
      if (![301, 302, 303, 307, 308].includes(statusCode)) throw fromStatus(at, statusCode);
      at = redirected(at, answered.location);
    }
    throw badRedirect(url, "through more than five redirects");
  };
  return {
    get: (url, headers, signal) => ask("GET", url, headers, signal),
    async size(url, signal) {
      const { body, bytes } = await ask("HEAD", url, {}, signal);
      await body.dump({ limit: 65_536 });
      return bytes;
    },
  };
}

async function attempt<T>(url: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadError) throw error;
    throw fromNetwork(url, error);
  }
}

/** Never from an encrypted address to a plain one. */
function redirected(from: string, location: string | readonly string[] | undefined): string {
  if (typeof location !== "string" || !URL.canParse(location, from)) throw badRedirect(from, "nowhere");
  const next = new URL(location, from);
  const isPlain = next.protocol === "http:" && new URL(from).protocol === "https:";
  if (isPlain || !["http:", "https:"].includes(next.protocol))
    throw badRedirect(from, "to an address without encryption");
  return next.href;
}

function lengthOf(header: string | readonly string[] | undefined): number | null {
  return typeof header === "string" && /^[0-9]{1,15}$/u.test(header) ? Number(header) : null;
}
