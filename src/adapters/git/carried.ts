/* Effects: builds the tree of uncommitted files with a temporary index and object folder; the user's own stay as they are. */
import { copyFile, lstat, mkdir, stat, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import ignore from "ignore";
import type { CarryRules } from "../../ports/repository.js";
import { compareText } from "../../util/compare.js";
import { sha256Hex } from "../../util/digest.js";
import type { CarriedFiles } from "../../world/sources.js";
import { type Git, type GitCall, splitNul } from "./git.js";
import { looksLikeSecret } from "./secret-names.js";

export interface CarriedTree {
  readonly files: CarriedFiles;
  /** Tree of HEAD with the carried files in it; its new objects are in `objects` alone. */
  readonly tree: string;
  readonly notes: readonly string[];
}

export interface CarriedRequest {
  /** Top of the work tree. */
  readonly root: string;
  readonly head: string;
  readonly rules: CarryRules;
  /** Private folder for the index. */
  readonly scratch: string;
  /** Folder that new objects are written to (`…/objects`). */
  readonly objects: string;
}

interface Scene {
  readonly git: Git;
  readonly request: CarriedRequest;
  /** Git call options with the temporary index and object folder in force. */
  readonly call: Pick<GitCall, "signal" | "timeoutMs" | "env">;
}

/**
 * What the work tree holds beyond HEAD: changed, deleted and untracked files (not ignored ones, not secrets, not large
 * ones), as a tree.
 *
 * Shape: `digest` covers (path, mode, content as git stores it) of each difference, deletions too; "" when there is none.
 */
export async function buildCarried(
  git: Git,
  request: CarriedRequest,
  options: Pick<GitCall, "signal" | "timeoutMs">,
): Promise<CarriedTree> {
  const index = join(request.scratch, "index");
  await mkdir(request.objects, { recursive: true });
  const located = await git.inTree(
    request.root,
    ["rev-parse", "--git-path", "objects", "--git-path", "index"],
    options,
  );
  const [objectPath = "", indexPath = ""] = located.stdout.split("\n");
  const env = {
    GIT_INDEX_FILE: index,
    GIT_OBJECT_DIRECTORY: request.objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(resolve(request.root, objectPath)),
  };
  const scene: Scene = { git, request, call: { ...options, env } };
  await copyIndex(resolve(request.root, indexPath), index, scene);
  const untracked = await listUntracked(scene);
  await updateIndex(scene, [...(await listChanged(scene)), ...untracked.carried]);
  for (const path of request.rules.exclude) await resetToHead(scene, path);
  const written = await git.inTree(request.root, ["write-tree"], scene.call);
  const files = await describe(scene, untracked.keptOut);
  return { files, tree: written.stdout.trim(), notes: untracked.notes };
}

/** The copy is dated a little earlier, so that git looks closely at files changed in the index's own instant. */
async function copyIndex(from: string, to: string, { git, request, call }: Scene): Promise<void> {
  const found = await stat(from).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (found === null) {
    await git.inTree(request.root, ["read-tree", "HEAD"], call);
    return;
  }
  await copyFile(from, to);
  const earlier = new Date(Math.floor(found.mtimeMs) - 1);
  await utimes(to, earlier, earlier);
}

async function listChanged({ git, request, call }: Scene): Promise<readonly Buffer[]> {
  await git.inTree(request.root, ["update-index", "-q", "--refresh", "--unmerged"], { ...call, exitCodes: [0, 1] });
  const changed = ["diff-files", "-z", "--name-only", "--no-ext-diff", "--ignore-submodules=all"];
  return splitNul((await git.inTree(request.root, changed, { ...call, maxOutputBytes: LISTING })).stdoutBytes);
}

const LISTING = 128 * 1024 * 1024;

interface Untracked {
  readonly carried: readonly Buffer[];
  readonly keptOut: CarriedFiles["keptOut"];
  readonly notes: readonly string[];
}

async function listUntracked({ git, request, call }: Scene): Promise<Untracked> {
  const list = ["ls-files", "-z", "--others", "--exclude-standard", "--full-name"];
  const listed = await git.inTree(request.root, list, { ...call, maxOutputBytes: LISTING });
  const wanted = ignore().add([...request.rules.include]);
  const carried: Buffer[] = [];
  const keptOut: { path: string; reason: "secret" | "large" }[] = [];
  const nested: string[] = [];
  for (const name of splitNul(listed.stdoutBytes)) {
    const path = name.toString("utf8");
    if (path.endsWith("/")) nested.push(path);
    else if (wanted.ignores(path)) carried.push(name);
    else if (looksLikeSecret(path)) keptOut.push({ path, reason: "secret" });
    else if ((await sizeOf(request.root, name)) > request.rules.maxFileBytes) keptOut.push({ path, reason: "large" });
    else carried.push(name);
  }
  keptOut.sort((left, right) => compareText(left.path, right.path));
  const notes = nested.map((path) => `${path} is a git repository of its own and is not carried into workers.`);
  return { carried, keptOut, notes };
}

async function updateIndex({ git, request, call }: Scene, names: readonly Buffer[]): Promise<void> {
  if (names.length === 0) return;
  const stdin = Buffer.concat(names.flatMap((name) => [name, Buffer.from([0])]));
  const update = ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"];
  await git.inTree(request.root, update, { ...call, stdin });
}

/** The path is in the carried tree as HEAD has it, or not at all. */
async function resetToHead({ git, request, call }: Scene, path: string): Promise<void> {
  const found = await git.inTree(request.root, ["ls-tree", "-z", "--full-tree", request.head, "--", path], call);
  const update = ["update-index", "-z"];
  if (found.stdout === "") {
    await git.inTree(request.root, [...update, "--force-remove", "--stdin"], { ...call, stdin: `${path}\0` });
  } else {
    await git.inTree(request.root, [...update, "--index-info"], { ...call, stdin: found.stdout });
  }
}

async function describe({ git, request, call }: Scene, keptOut: CarriedFiles["keptOut"]): Promise<CarriedFiles> {
  const diff = ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", request.head];
  const fields = splitNul((await git.inTree(request.root, diff, { ...call, maxOutputBytes: LISTING })).stdoutBytes);
  const lines: string[] = [];
  let bytes = 0;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode = "", , blob = ""] = (fields[at]?.toString("latin1") ?? "").split(" ");
    const name = fields[at + 1] ?? Buffer.alloc(0);
    lines.push(`${mode} ${blob} ${name.toString("hex")}`);
    if (mode !== "000000") bytes += await sizeOf(request.root, name);
  }
  const digest = lines.length === 0 ? "" : sha256Hex(lines.sort().join("\n"));
  return { digest, count: lines.length, bytes, keptOut };
}

/** 0 where it is gone again: the listing was a moment ago. */
async function sizeOf(root: string, name: Buffer): Promise<number> {
  try {
    const found = await lstat(Buffer.concat([Buffer.from(`${root}/`), name]));
    return found.isDirectory() ? 0 : found.size;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return 0;
    throw error;
  }
}
