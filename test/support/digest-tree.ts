import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/**
 * One digest of everything below some folders: names as bytes, types, permission bits, contents and link targets. What is
 * in `except` (absolute paths) is left out.
 */
export async function digestOf(folders: readonly string[], except: readonly string[] = []): Promise<string> {
  const hash = createHash("sha256");
  const left = new Set(except);
  const walk = async (path: string): Promise<void> => {
    if (left.has(path)) return;
    const stats = await lstat(path);
    hash.update(`${path}\0${stats.mode}\0`);
    if (stats.isSymbolicLink()) hash.update(await readlink(path, "buffer"));
    else if (stats.isFile()) hash.update(await readFile(path));
    else if (stats.isDirectory()) for (const name of (await readdir(path)).sort()) await walk(join(path, name));
  };
  for (const folder of folders) await walk(folder);
  return hash.digest("hex");
}
