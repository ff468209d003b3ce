import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** What a running VM and its host agent write into its folder by themselves. */
const WRITTEN_BY_VMS = /\.(log|pid|sock|tmp)$|^disk$|^ssh\.sock/;
/** The lock itself is what may come and go. */
const LOCK = /^_limaform\/[^/]+\/(lock|tmp\/)/;

/**
 * Every path under a LIMA_HOME to its size and time of change; folders by name only, because the lock comes and goes in
 * one of them. `running`: instances whose VM runs.
 */
export async function listingOf(home: string, running: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const listing: Record<string, string> = {};
  for (const path of (await readdir(home, { recursive: true })).sort()) {
    const [top = "", name = ""] = path.split("/");
    if (LOCK.test(path) || (running.includes(top) && WRITTEN_BY_VMS.test(name))) continue;
    const found = await lstat(join(home, path));
    listing[path] = found.isDirectory() ? "folder" : `${found.size} bytes, ${found.mtime.toISOString()}, ${found.ino}`;
  }
  return listing;
}
