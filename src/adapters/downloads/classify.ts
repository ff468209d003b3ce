import { DownloadError } from "../../errors/errors.js";
import { plainUrl } from "../../util/plain-url.js";
import { codeOf, messageOf } from "../host/files.js";

/* The one place that reads how a download failed. */

const PROXY_HINT =
  "behind a proxy set HTTPS_PROXY and NO_PROXY, or name a mirror with tools.mirror.NAME; then: limaform apply";
const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
/** OpenSSL's words for a chain that does not end in a root this host trusts. */
const UNTRUSTED = /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT|HOSTNAME_MISMATCH)/u;

export function fromStatus(url: string, status: number): DownloadError {
  const what = `${plainUrl(url)} answered with HTTP ${status}`;
  const isTransient = TRANSIENT_STATUS.has(status);
  const why =
    status === 404 || status === 410 ? ": there is no such file" : status === 401 || status === 403 ? ": refused" : "";
  return new DownloadError("DOWNLOAD_REFUSED", `${what}${why}`, {
    hint: isTransient ? "try again later: limaform apply" : PROXY_HINT,
    details: { url: plainUrl(url), status },
    isTransient,
  });
}

export function fromNetwork(url: string, error: unknown): DownloadError {
  const cause = rootOf(error);
  const refused = fromProxy(url, cause);
  if (refused !== null) return refused;
  const code = codeOf(cause) ?? codeOf(error) ?? "";
  if (UNTRUSTED.test(code)) {
    return new DownloadError(
      "DOWNLOAD_UNTRUSTED",
      `${plainUrl(url)} shows a certificate that this host does not trust (${code})`,
      {
        hint: "name the company's root with NODE_EXTRA_CA_CERTS=FILE, or add it to the host's trust store; then: limaform apply",
        details: { url: plainUrl(url), reason: code },
        cause: error,
      },
    );
  }
  return new DownloadError(
    "DOWNLOAD_UNREACHABLE",
    `${plainUrl(url)} cannot be reached: ${code === "" ? messageOf(cause) : code}`,
    { hint: PROXY_HINT, details: { url: plainUrl(url), reason: code }, cause: error, isTransient: true },
  );
}

/** undici's words for a proxy that does not open a tunnel. */
const TUNNEL = /^(?:Proxy response \((\d{3})\)|Proxy Authentication Required \((407)\))/u;

/** null where it was not the proxy that refused. */
function fromProxy(url: string, cause: unknown): DownloadError | null {
  const found = TUNNEL.exec(messageOf(cause));
  const status = Number(found?.[1] ?? found?.[2] ?? 0);
  if (status === 0) return null;
  const why = `the proxy refused with HTTP ${status}${status === 407 ? ", it wants a login" : ""}`;
  return new DownloadError("DOWNLOAD_REFUSED", `${plainUrl(url)} cannot be reached: ${why}`, {
    hint: status === 407 ? "write HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT; then: limaform apply" : PROXY_HINT,
    details: { url: plainUrl(url), status },
    cause,
    isTransient: TRANSIENT_STATUS.has(status),
  });
}

export function truncated(url: string, got: number, wanted: number): DownloadError {
  return new DownloadError("DOWNLOAD_UNREACHABLE", `${plainUrl(url)} ended after ${got} of ${wanted} bytes`, {
    hint: PROXY_HINT,
    details: { url: plainUrl(url), reason: "truncated" },
    isTransient: true,
  });
}

export function tooLarge(url: string, limitBytes: number): DownloadError {
  return new DownloadError(
    "DOWNLOAD_TOO_LARGE",
    `${plainUrl(url)} sends more than the ${limitBytes} bytes that it may have`,
    {
      hint: "look at the mirror that it came from: limaform config",
      details: { url: plainUrl(url), limitBytes },
    },
  );
}

export function wrongChecksum(url: string, algorithm: string): DownloadError {
  return new DownloadError(
    "DOWNLOAD_WRONG_CHECKSUM",
    `${plainUrl(url)} is not the file that its index promises: its ${algorithm} checksum differs`,
    {
      hint: "it was not used; if a mirror or proxy changes files, name another with tools.mirror.NAME; then: limaform apply",
      details: { url: plainUrl(url), algorithm },
    },
  );
}

export function badRedirect(url: string, why: string): DownloadError {
  return new DownloadError("DOWNLOAD_REFUSED", `${plainUrl(url)} leads ${why}`, {
    hint: PROXY_HINT,
    details: { url: plainUrl(url), status: null },
  });
}

export function timedOut(url: string, seconds: number): DownloadError {
  return new DownloadError("DOWNLOAD_TIMED_OUT", `${plainUrl(url)} did not arrive within ${seconds} s`, {
    hint: PROXY_HINT,
    details: { url: plainUrl(url) },
  });
}

/** Errors come wrapped: of a fetch, and of several addresses tried at once. */
function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}
