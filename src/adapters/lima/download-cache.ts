/* Effects: looks into limactl's own cache of downloads. */
import { homedir } from "node:os";
import { join } from "node:path";
import { sha256Hex } from "../../util/digest.js";
import { sizeIfThere } from "../host/files.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Size of what limactl has cached of this URL; null where it has nothing. Whether that is still the right file limactl
 * judges when it takes it: by the digest, without one by asking the server for a newer one.
 *
 * Units: bytes.
 * Source: the Lima Go module v2.2.0, `pkg/downloader/downloader.go` (`WithCache`, `cacheDirectoryPath`, `CacheKey`).
 */
export function cachedDownload(env: Environment, url: string): Promise<number | null> {
  return sizeIfThere(join(cacheFolder(env), "lima/download/by-url-sha256", sha256Hex(url), "data"));
}

/** As Go's `os.UserCacheDir` has it for the environment that limactl gets. */
export function cacheFolder(env: Environment, platform: NodeJS.Platform = process.platform): string {
  const home = env.HOME || homedir();
  if (platform === "darwin") return join(home, "Library/Caches");
  return env.XDG_CACHE_HOME || join(home, ".cache");
}
