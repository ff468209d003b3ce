/* Effects: makes bare repositories of ours and packs objects between them and the user's repository. */
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryError } from "../../errors/errors.js";
import { type Git, type GitCall, isObjectId } from "./git.js";

export type GitTimes = Pick<GitCall, "signal" | "timeoutMs">;

/** git holds a lock for as long as it writes one small file. Units: ms. */
const LOCK_LIFE_MS = 10_000;

/** Where the objects of the user's repository are, and of which form it is. */
export interface HostObjects {
  /** Top of the work tree. */
  readonly top: string;
  /** Real path of the git common directory. */
  readonly commonDir: string;
  readonly objects: string;
  readonly format: "sha1" | "sha256";
  /** Commits whose parents are not there (a shallow clone). */
  readonly shallow: readonly string[];
}

export async function locateObjects(git: Git, root: string, options: GitTimes): Promise<HostObjects> {
  const paths = ["--path-format=absolute", "--show-toplevel", "--git-common-dir", "--git-path", "objects"];
  const found = await git.inTree(root, ["rev-parse", ...paths, "--show-object-format"], options);
  const [top = "", commonDir = "", objects = "", format = ""] = found.stdout.split("\n");
  if (format !== "sha1" && format !== "sha256") {
    throw new RepositoryError("REPO_GIT_FAILED", `git names no known object format in ${root}: "${format}"`, {
      hint: "Check git's version (2.31 or newer is needed): git --version",
    });
  }
  const shallow = (await readLines(join(commonDir, "shallow"))).filter(isObjectId);
  return { top, commonDir, objects, format, shallow };
}

/**
 * A bare repository of ours that can read the objects of others through alternates. Made if absent, brought up to date
 * else: alternates that no longer exist go, new ones come, and locks that a killed git left go.
 */
export async function openBare(
  git: Git,
  gitDir: string,
  source: Pick<HostObjects, "format" | "shallow"> & { readonly alternates: readonly string[] },
  options: GitTimes,
): Promise<void> {
  if (!(await exists(join(gitDir, "HEAD")))) {
    await mkdir(gitDir, { recursive: true, mode: 0o700 });
    const init = ["init", "--quiet", "--bare", "--template=", `--object-format=${source.format}`, "-b", "none", gitDir];
    await git.neutral(gitDir, init, options);
  }
  const file = join(gitDir, "objects", "info", "alternates");
  const alternates: string[] = [];
  for (const path of new Set([...source.alternates, ...(await readLines(file))])) {
    if (path !== "" && (await exists(path))) alternates.push(path);
  }
  await mkdir(join(gitDir, "objects", "info"), { recursive: true });
  await writeFile(file, alternates.map((path) => `${path}\n`).join(""));
  if (source.shallow.length > 0)
    await writeFile(join(gitDir, "shallow"), source.shallow.map((id) => `${id}\n`).join(""));
  // The time of the disk's own clock.
  await removeOldLocks(gitDir, (await stat(file)).mtimeMs);
}

/** git refuses to write what is locked until a person removes the file. No ref can have such a name. */
async function removeOldLocks(gitDir: string, nowMs: number): Promise<void> {
  const refs = (await readdir(join(gitDir, "refs"), { recursive: true })).map((name) => join("refs", name));
  for (const name of [...(await readdir(gitDir)), ...refs]) {
    if (!name.endsWith(".lock")) continue;
    const path = join(gitDir, name);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      // Its git has ended meanwhile.
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (found !== null && found.mtimeMs < nowMs - LOCK_LIFE_MS) await rm(path, { force: true });
  }
}

/**
 * Writes a pack of everything that `want` reaches and `have` does not.
 *
 * Shape: `have` may name objects that are not here; they are skipped. null: nothing is missing, no pack was made.
 */
export async function writePack(
  git: Git,
  gitDir: string,
  request: { readonly want: readonly string[]; readonly have: readonly string[]; readonly folder: string },
  options: GitTimes,
): Promise<string | null> {
  const known = await whichExist(git, gitDir, request.have, options);
  const stdin = [...request.want, ...[...known].map((id) => `^${id}`)].map((line) => `${line}\n`).join("");
  const pack = ["pack-objects", "--revs", "--quiet", "--delta-base-offset", join(request.folder, "objects")];
  const name = (await git.neutral(gitDir, pack, { ...options, stdin })).stdout.trim();
  const file = join(request.folder, `objects-${name}.pack`);
  return (await readPackCount(file)) === 0 ? null : file;
}

/** Number of objects that a pack's own header names; null when it is no pack. */
export async function readPackCount(file: string): Promise<number | null> {
  const header: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: 11 })) header.push(chunk as Buffer);
  const bytes = Buffer.concat(header);
  if (bytes.length !== 12 || bytes.toString("latin1", 0, 4) !== "PACK") return null;
  return bytes.readUInt32BE(8);
}

/** Those of the ids that name a commit which is here (alternates included). */
export async function whichExist(
  git: Git,
  gitDir: string,
  ids: readonly string[],
  options: GitTimes,
): Promise<ReadonlySet<string>> {
  const valid = ids.filter(isObjectId);
  if (valid.length === 0) return new Set();
  const stdin = valid.map((id) => `${id}\n`).join("");
  const found = await git.neutral(gitDir, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
    ...options,
    stdin,
  });
  return new Set(
    found.stdout.split("\n").flatMap((line) => (line.endsWith(" commit") ? [line.slice(0, -" commit".length)] : [])),
  );
}

async function readLines(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
