/* Effects: asks git which files of a folder go in, and the file system about them; writes nothing in it. */
import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryError } from "../../errors/errors.js";
import type { CarryRules, Repository } from "../../ports/repository.js";
import { compareText } from "../../util/compare.js";
import { sha256Hex } from "../../util/digest.js";
import { escapeLine } from "../../util/escape.js";
import type { CarriedFiles, FolderFacts } from "../../world/sources.js";
import { type Git, type GitCall, splitNul } from "./git.js";
import { selectImageInputs } from "./image-inputs.js";
import { looksLikeSecret } from "./secret-names.js";
import { withTemporaryFolder } from "./temporary.js";

type Options = Pick<GitCall, "signal" | "timeoutMs">;

/** Files of a folder that go in; names as bytes from its top, sorted. */
export interface FolderListing {
  readonly names: readonly Buffer[];
  readonly files: CarriedFiles;
  readonly notes: readonly string[];
}

const LISTING = 128 * 1024 * 1024;

export async function readFolder(
  git: Git,
  request: Parameters<Repository["folder"]>[0],
  isRepository: boolean,
): Promise<FolderFacts> {
  const { signal, timeoutMs, carry, imagePatterns } = request;
  const root = await realpath(request.root);
  const options = { signal, timeoutMs };
  const { names, files, notes } = await listFolder(git, { root, rules: carry, paths: [], isRepository }, options);
  // To match ten thousand names takes longer than to list them.
  if (imagePatterns?.length === 0) return { kind: "files", root, carried: files, imageInputs: [], notes };
  const entries = names.map((name) => ({ mode: "100644", blob: "", path: name.toString("utf8") }));
  const chosen = selectImageInputs(entries, imagePatterns).map(({ path }) => path);
  return { kind: "files", root, carried: files, imageInputs: await blobsOf(git, root, chosen, options), notes };
}

async function blobsOf(git: Git, root: string, paths: readonly string[], options: Options) {
  if (paths.length === 0) return [];
  const stdin = paths.map((path) => `${JSON.stringify(path)}\n`).join("");
  const hashed = await git.inTree(root, ["hash-object", "--no-filters", "--stdin-paths"], { ...options, stdin });
  const blobs = hashed.stdout.trimEnd().split("\n");
  return paths.map((path, index) => ({ path, blob: blobs[index] ?? "" }));
}

export interface FolderRequest {
  /** Real path. */
  readonly root: string;
  readonly rules: CarryRules;
  /** Only below these; empty = all. */
  readonly paths: readonly string[];
  /** Whether git knows the folder, where that was asked already. */
  readonly isRepository?: boolean;
}

/**
 * Which files go in, by git itself, so that each pattern means what it means in a `.gitignore`: in a repository with its
 * index, elsewhere with an empty one in a temporary folder. A tracked file is never ignored; `sync.to.exclude` leaves out
 * tracked ones too; `sync.to.include` brings in what anything else leaves out.
 *
 * Errors: REPO_…; REPO_NO_SUCH_PATH for paths with nothing below them.
 */
export function listFolder(git: Git, request: FolderRequest, options: Options): Promise<FolderListing> {
  return withTemporaryFolder(null, async (scratch) => {
    const { rules, root, paths } = request;
    const isRepository = request.isRepository ?? (await isInRepository(git, root, options));
    const place = isRepository ? { isRepository, env: {} } : await openEmpty(root, scratch);
    const pathspecs = paths.map((path) => (path === "." ? "." : `:(literal)${path}`));
    const list = async (...args: readonly string[]): Promise<readonly Buffer[]> => {
      const argv = ["ls-files", "-z", ...args, "--", ...pathspecs];
      const call = { ...options, env: place.env, maxOutputBytes: LISTING };
      return splitNul((await git.inTree(root, argv, call)).stdoutBytes);
    };
    // Given like this they win over every .gitignore.
    const skip = rules.skip.map((pattern) => `--exclude=${pattern}`);
    const include = rules.include.map((pattern) => `--exclude=${pattern}`);
    const [tracked, skipped, others, included] = await Promise.all([
      place.isRepository ? list("--cached") : [],
      place.isRepository && skip.length > 0 ? list("--cached", "--ignored", ...skip) : [],
      list("--others", "--exclude-standard", ...skip),
      include.length === 0 ? [] : list("--others", "--ignored", ...include),
    ]);
    const listing = judge(root, rules, { tracked, skipped, others, included });
    if (paths.length > 0 && listing.names.length === 0) throw noSuchPath(paths);
    return listing;
  });
}

export const openPlace = async (git: Git, root: string, scratch: string, options: Options) =>
  (await isInRepository(git, root, options)) ? { isRepository: true, env: {} } : openEmpty(root, scratch);

async function isInRepository(git: Git, root: string, options: Options): Promise<boolean> {
  try {
    await git.inTree(root, ["rev-parse", "--show-toplevel"], options);
    return true;
  } catch (error) {
    if (error instanceof RepositoryError && error.code === "REPO_NOT_A_REPOSITORY") return false;
    throw error;
  }
}

/** A repository with nothing in it, as git knows one: these three names are enough, and quicker made than asked for. */
async function openEmpty(root: string, scratch: string) {
  const gitDir = join(scratch, "empty.git");
  for (const name of ["objects", "refs"]) await mkdir(join(gitDir, name), { recursive: true });
  await writeFile(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
  return { isRepository: false, env: { GIT_DIR: gitDir, GIT_WORK_TREE: root } };
}

interface Listed {
  readonly tracked: readonly Buffer[];
  /** Tracked, and named by `sync.to.exclude`. */
  readonly skipped: readonly Buffer[];
  readonly others: readonly Buffer[];
  readonly included: readonly Buffer[];
}

const key = (name: Buffer): string => name.toString("latin1");

function judge(root: string, rules: CarryRules, listed: Listed): FolderListing {
  const skipped = new Set(listed.skipped.map(key));
  const tracked = listed.tracked.filter((name) => !skipped.has(key(name)));
  const trusted = new Set([...tracked, ...listed.included].map(key));
  const own = new Set(rules.exclude.map((path) => key(Buffer.from(path))));
  const all = new Map([...tracked, ...listed.others, ...listed.included].map((name) => [key(name), name]));
  const keptOut: { path: string; reason: "secret" | "large" }[] = [];
  const notes: string[] = [];
  const kept: { name: Buffer; line: string; bytes: number }[] = [];
  for (const [id, name] of all) {
    const path = name.toString("utf8");
    const stats = own.has(id) ? null : statOf(root, name);
    if (path.endsWith("/"))
      notes.push(`${escapeLine(path)} is a git repository of its own and is not carried into workers.`);
    else if (stats === null || !(stats.isFile() || stats.isSymbolicLink())) continue;
    else if (!trusted.has(id) && looksLikeSecret(path)) keptOut.push({ path, reason: "secret" });
    else if (!trusted.has(id) && stats.size > rules.maxFileBytes) keptOut.push({ path, reason: "large" });
    else kept.push({ name, line: lineOf(root, name, stats), bytes: stats.size });
  }
  kept.sort((left, right) => Buffer.compare(left.name, right.name));
  keptOut.sort((left, right) => compareText(left.path, right.path));
  const bytes = kept.reduce((sum, file) => sum + file.bytes, 0);
  const digest = kept.length === 0 ? "" : sha256Hex(kept.map(({ line }) => line).join("\n"));
  return { names: kept.map(({ name }) => name), files: { digest, count: kept.length, bytes, keptOut }, notes };
}

/** As text where it is text: bytes take a third longer, for each of a hundred thousand files. */
function placeOf(root: string, name: Buffer): Buffer | string {
  const text = name.toString("utf8");
  return text.includes("\ufffd") ? Buffer.concat([Buffer.from(`${root}/`), name]) : `${root}/${text}`;
}

/** null where it is gone again, or only in the index. Synchronous: one quick call for each of a hundred thousand files. */
function statOf(root: string, name: Buffer): Stats | null {
  try {
    return lstatSync(placeOf(root, name));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw error;
  }
}

function lineOf(root: string, name: Buffer, stats: Stats): string {
  const hex = name.toString("hex");
  if (stats.isSymbolicLink()) return `l ${hex} ${readlinkSync(placeOf(root, name), "buffer").toString("hex")}`;
  return `${(stats.mode & 0o100) === 0 ? "f" : "x"} ${hex} ${stats.size} ${Math.floor(stats.mtimeMs)}`;
}

function noSuchPath(paths: readonly string[]): RepositoryError {
  return new RepositoryError("REPO_NO_SUCH_PATH", `nothing that goes in is at ${paths.map(escapeLine).join(", ")}`, {
    hint: "paths are those of the spec's folder; what git ignores goes in only by sync.to.include in limaform.toml",
    details: { paths: [...paths] },
  });
}
