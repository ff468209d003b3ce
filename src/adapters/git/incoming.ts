/* Effects: keeps what came from a worker in a folder of its own until it was looked at. */
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Git } from "./git.js";

export interface Incoming {
  /** Git that reads the folder and the repository, and writes new objects to the folder alone. */
  readonly git: Git;
  /** Moves what the folder holds into the repository. Not called: the repository never saw it. */
  keep(): Promise<void>;
}

/**
 * An object folder in front of a bare repository of ours: what is refused, or cut off by a signal, goes with the folder
 * and leaves no half-written pack behind.
 *
 * Shape: `folder` is private and on the repository's file system; `into` is its object folder.
 */
export async function openIncoming(
  git: Git,
  gitDir: string,
  folder: string,
  into = join(gitDir, "objects"),
): Promise<Incoming> {
  const objects = join(folder, "incoming");
  await mkdir(join(objects, "info"), { recursive: true, mode: 0o700 });
  await mkdir(join(objects, "pack"));
  await writeFile(join(objects, "info", "alternates"), `${into}\n`);
  const env = { GIT_OBJECT_DIRECTORY: objects };
  return {
    git: { ...git, neutral: (dir, args, call) => git.neutral(dir, args, { ...call, env: { ...env, ...call.env } }) },
    async keep() {
      const packs = (await readdir(join(objects, "pack"))).filter((name) => name.startsWith("pack-"));
      // A pack counts from the moment that its index is there.
      packs.sort((left, right) => Number(extname(left) === ".idx") - Number(extname(right) === ".idx"));
      for (const name of packs) await rename(join(objects, "pack", name), join(into, "pack", name));
    },
  };
}
