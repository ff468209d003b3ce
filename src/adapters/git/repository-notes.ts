/* Effects: asks git about forms of a repository that limaform treats specially. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { escapeLine } from "../../util/escape.js";
import type { Git, GitCall } from "./git.js";
import type { TreeEntry } from "./image-inputs.js";

type Options = Pick<GitCall, "signal" | "timeoutMs">;

/** What its history and objects lack. */
export interface RepositoryTraits {
  readonly isShallow: boolean;
  readonly isPartial: boolean;
}

/** Where a repository is: top of the work tree, git common directory. */
interface RepositoryPlace {
  readonly top: string;
  readonly common: string;
}

/** True for a clone that downloads objects when they are needed. */
export async function isPartialClone(git: Git, { top, common }: RepositoryPlace, options: Options): Promise<boolean> {
  if (!(await mayLackObjects(common))) return false;
  const partial = ["config", "--get-regexp", "^(extensions\\.partialclone|remote\\..*\\.promisor)$"];
  return (await git.inTree(top, partial, { ...options, exitCodes: [0, 1] })).exitCode === 0;
}

/**
 * Objects can only be missing beside a pack that is marked as incomplete; most repositories have none, and git, whose call
 * costs more than this look, is not asked.
 */
async function mayLackObjects(common: string): Promise<boolean> {
  const packs = await readdir(join(common, "objects", "pack")).catch(() => null);
  // What cannot be looked at is git's to judge.
  return packs?.some((name) => name.endsWith(".promisor")) ?? true;
}

/** One sentence for each special form, shown in the plan. */
export async function describeForms(
  git: Git,
  root: string,
  { tree, isShallow, isPartial }: RepositoryTraits & { readonly tree: readonly TreeEntry[] },
  options: Options,
): Promise<readonly string[]> {
  const notes: string[] = [];
  if (isShallow) notes.push("The repository is a shallow clone: workers get the same cut history.");
  if (isPartial) {
    notes.push(
      "The repository is a partial clone: a push fails where objects were never downloaded (git fetch --refetch).",
    );
  }
  const submodules = tree.filter(({ mode }) => mode === "160000").map(({ path }) => escapeLine(path));
  if (submodules.length > 0) {
    const names = submodules.slice(0, 3).join(", ") + (submodules.length > 3 ? ", …" : "");
    notes.push(`Submodules (${names}) are not carried: their folders are empty in workers.`);
  }
  if (await usesLfs(git, root, tree, options)) {
    notes.push("Files in Git LFS arrive in workers as pointers, not as content.");
  }
  return notes;
}

async function usesLfs(git: Git, root: string, tree: readonly TreeEntry[], options: Options): Promise<boolean> {
  if (!tree.some(({ path }) => path === ".gitattributes" || path.endsWith("/.gitattributes"))) return false;
  const grep = ["grep", "-q", "-I", "-e", "filter=lfs", "HEAD", "--", ":(top,glob)**/.gitattributes"];
  // 128: a partial clone lacks that file, and nothing is fetched by reading a repository.
  return (await git.inTree(root, grep, { ...options, exitCodes: [0, 1, 128] })).exitCode === 0;
}
