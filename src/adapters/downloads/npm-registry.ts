/* Effects: asks the user's npm. */
import { DownloadError } from "../../errors/errors.js";
import { isSuccess, run } from "../process/run.js";

const LIMIT_MS = 30_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the user's npm gets its packages: from its environment, else as npm itself says.
 *
 * Errors: DOWNLOAD_NO_REGISTRY.
 */
export async function npmRegistryOf(env: Environment, signal: AbortSignal): Promise<string> {
  const set = env.npm_config_registry || env.NPM_CONFIG_REGISTRY || null;
  const url = set ?? (await askNpm(env, signal));
  if (!/^https?:\/\//u.test(url) || !URL.canParse(url)) throw noRegistry(`npm names "${url}"`);
  return url.replace(/\/+$/u, "");
}

async function askNpm(env: Environment, signal: AbortSignal): Promise<string> {
  const given = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && /^(PATH|HOME|npm_config_|NPM_CONFIG_)/u.test(name) ? [[name, value] as const] : [],
  );
  const { stdout } = await run({
    command: "npm",
    args: ["config", "get", "registry"],
    // Not the repository's folder: its .npmrc is the repository's word, and this is the host's.
    cwd: "/",
    env: Object.fromEntries(given),
    timeoutMs: LIMIT_MS,
    signal,
    classify: (outcome) =>
      isSuccess(outcome)
        ? null
        : noRegistry(outcome.startError === null ? "npm config get registry failed" : "there is no npm on this host"),
  });
  return stdout.trim();
}

function noRegistry(why: string): DownloadError {
  return new DownloadError("DOWNLOAD_NO_REGISTRY", `where npm packages come from is not known: ${why}`, {
    hint: "install npm, or set tools.mirror.npm to your registry's URL; then: limaform apply",
  });
}
