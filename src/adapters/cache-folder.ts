import { homedir } from "node:os";
import { join } from "node:path";

/** Where this user's caches of limaform are: XDG's place, on macOS the system's. */
export function cacheFolder({
  env,
  platform = process.platform,
}: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform | undefined;
}): string {
  const home = env.HOME || homedir();
  const caches = platform === "darwin" ? join(home, "Library/Caches") : join(home, ".cache");
  return join(env.XDG_CACHE_HOME || caches, "limaform");
}
