/* Effects: builds the tree of uncommitted files with a temporary index and object folder; the user's own stay as they are. */
import { copyFile, mkdir, stat, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RepositoryError } from "../../errors/errors.js";
import type { CarryRules } from "../../ports/repository.js";
import { sha256Hex } from "../../util/digest.js";
import { together } from "../../util/together.js";
import type { CarriedFiles } from "../../world/sources.js";
import { LISTING, type ListingPlace, listChanged, listUntracked, sizeOf } from "./carried-listing.js";
import { type Git, type GitCall, splitNul } from "./git.js";

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

interface Scene extends ListingPlace {
  readonly request: CarriedRequest;
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
  const original = resolve(request.root, indexPath);
  const scene: Scene = { git: namingOriginal(git, index, original), request, call: { ...options, env } };
  await copyIndex(original, index, scene);
  // All three only ask, of the copy or of HEAD.
  const listed = together(listUntracked(scene), listChanged(scene));
  const [[untracked, { changed, gone }], kept] = await together(listed, entriesInHead(scene));
  // First what is gone: a link or a file may stand where its folder was, and git adds nothing "beyond a symbolic link".
  await updateIndex(scene, ["--force-remove"], gone);
  await updateIndex(scene, ["--add", "--remove", "--replace"], [...changed, ...untracked.carried]);
  await resetToHead(scene, kept);
  const writing = git.inTree(request.root, ["write-tree"], scene.call);
  const [written, files] = await together(writing, describe(scene, untracked.keptOut));
  return { files, tree: written.stdout.trim(), notes: untracked.notes };
}

/** Of the copy of an index git would say a path that nobody can look at; the user knows the original. */
function namingOriginal(git: Git, copy: string, original: string): Git {
  return {
    ...git,
    inTree: (...args) =>
      git.inTree(...args).catch((error: unknown) => {
        if (!(error instanceof RepositoryError) || !error.message.includes(copy)) throw error;
        const { code, hint, details } = error;
        const message = error.message.replaceAll(copy, original);
        // Not as its cause: that would be shown, path and all.
        throw new RepositoryError(code, message, { hint, details });
      }),
  };
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

async function updateIndex(
  { git, request, call }: Scene,
  how: readonly string[],
  names: readonly Buffer[],
): Promise<void> {
  if (names.length === 0) return;
  const stdin = Buffer.concat(names.flatMap((name) => [name, Buffer.from([0])]));
  try {
    await git.inTree(request.root, ["update-index", ...how, "-z", "--stdin"], { ...call, stdin });
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code !== "REPO_GIT_FAILED") throw error;
    // What `git add` would refuse as well: no permission, a filter that fails, an encoding that is not that.
    throw new RepositoryError("REPO_CARRY_FAILED", `An uncommitted file cannot be taken along: ${error.message}`, {
      hint: `Mend or ignore it, or take none along: repo.uncommitted = false. What git says of it: git -C ${request.root} add --dry-run .`,
      details: error.details,
      cause: error,
    });
  }
}

/** Lines of `update-index --index-info` for what is excluded: as HEAD has it, or not at all. */
async function entriesInHead({ git, request, call }: Scene): Promise<readonly string[]> {
  const { head, root, rules } = request;
  if (rules.exclude.length === 0) return [];
  const list = ["ls-tree", "-z", "--full-tree", head, "--", ...rules.exclude];
  const lines = (await git.inTree(root, list, call)).stdout.split("\0").filter((line) => line !== "");
  const there = new Set(lines.map((line) => line.slice(line.indexOf("\t") + 1)));
  const absent = rules.exclude.filter((path) => !there.has(path));
  return [...absent.map((path) => `0 ${"0".repeat(head.length)}\t${path}`), ...lines];
}

async function resetToHead({ git, request, call }: Scene, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const stdin = lines.map((line) => `${line}\0`).join("");
  await git.inTree(request.root, ["update-index", "-z", "--index-info"], { ...call, stdin });
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
