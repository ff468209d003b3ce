import type { Proxies } from "../../ports/downloads.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxies that the host's environment names, lower case first as curl has it; null where there are none. */
export function proxiesOf(env: Environment): Proxies | null {
  const read = (...names: readonly string[]) =>
    names.map((name) => env[name] ?? "").find((text) => text !== "") ?? null;
  const all = read("all_proxy", "ALL_PROXY");
  const http = read("http_proxy", "HTTP_PROXY") ?? all;
  const https = read("https_proxy", "HTTPS_PROXY") ?? all ?? http;
  if (http === null && https === null) return null;
  return { http, https, none: read("no_proxy", "NO_PROXY") ?? "" };
}
