/* Effects: puts one checked file, link or deletion in its place below a root, whole or not at all. */
import { link, lstat, readlink, rename, rmdir, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "./files.js";
import { stampOf } from "./host-entry.js";
import type { Blocked, HeldFolder, HostTree } from "./host-tree.js";

/** What is to be at a path. `staged` is a file with content and mode, private and on the root's own device. */
export type Wanted =
  | { readonly kind: "file"; readonly staged: string }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "absent" };

export interface WriteRequest {
  readonly path: string;
  /** The stamp of what was there when it was decided; null = nothing was. */
  readonly stamp: string | null;
  readonly wanted: Wanted;
  /** Private folder on the root's device for what is taken away, and a name in it that is free. */
  readonly aside: string;
}

export type Written = "done" | "changed_meanwhile" | Blocked;

/**
 * Writes one entry. What changed on the host since it was looked at is never overwritten: a new name is made only where
 * nothing is, and a file that is replaced gets a second name first, so that a change in the last moment is put back.
 *
 * Source: reference/sync.md §6, rules 9, 16 and 17.
 */
export async function writeEntry(tree: HostTree, request: WriteRequest): Promise<Written> {
  const { path, wanted } = request;
  const parent = await tree.parentOf(path, wanted.kind === "absent" ? "look" : "make");
  if (parent === null) return wanted.kind === "absent" && request.stamp === null ? "done" : "changed_meanwhile";
  if (typeof parent === "string") return parent;
  try {
    if (!(await parent.check())) return "changed_meanwhile";
    const place = parent.at(nameOf(path));
    const now = await stampOf(place);
    if ((now?.stamp ?? null) !== request.stamp) return "changed_meanwhile";
    if (wanted.kind === "absent") return await remove(place, request);
    return now === null ? await create(place, wanted) : await replace(place, wanted, request);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EACCES" || code === "EPERM") return "not_permitted";
    if (code === "EXDEV") return "other_device";
    if (code === "ENOENT" && (await isChanged(parent, request))) return "changed_meanwhile";
    throw error;
  } finally {
    await parent.close();
  }
}

/** True where the entry or its whole folder went away under the writing; else what is missing is ours. */
async function isChanged(parent: HeldFolder, { path, stamp }: WriteRequest): Promise<boolean> {
  if (!(await parent.check())) return true;
  return ((await stampOf(parent.at(nameOf(path))))?.stamp ?? null) !== stamp;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A hard link and a symbolic link are made only where the name is free. */
async function create(place: string, wanted: Exclude<Wanted, { kind: "absent" }>): Promise<Written> {
  try {
    if (wanted.kind === "link") await symlink(wanted.target, place);
    else await link(wanted.staged, place);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return "changed_meanwhile";
    throw error;
  }
  if (wanted.kind === "file") await unlink(wanted.staged);
  return "done";
}

async function replace(
  place: string,
  wanted: Exclude<Wanted, { kind: "absent" }>,
  request: WriteRequest,
): Promise<Written> {
  const made = `${request.aside}.new`;
  if (wanted.kind === "link") await symlink(wanted.target, made);
  else await rename(wanted.staged, made);
  const isLink = (await lstat(place)).isSymbolicLink();
  // A link has no content that could change: it is there, or another one is.
  if (!isLink) await link(place, request.aside);
  if ((await stampOf(isLink ? place : request.aside))?.stamp !== request.stamp) return "changed_meanwhile";
  await rename(made, place);
  if (isLink || (await stampOf(request.aside))?.stamp === request.stamp) return "done";
  // Written to between the look and the exchange: the host's own version is put back.
  await rename(request.aside, place);
  return "changed_meanwhile";
}

async function remove(place: string, { stamp, aside }: WriteRequest): Promise<Written> {
  if (stamp === null) return "done";
  await rename(place, aside);
  if ((await stampOf(aside))?.stamp === stamp) return "done";
  await putBack(aside, place);
  return "changed_meanwhile";
}

/** Under its own name where that is still free, else beside what took it. */
async function putBack(aside: string, place: string): Promise<void> {
  const isLink = (await lstat(aside)).isSymbolicLink();
  for (const name of [place, `${place}.limaform-kept`]) {
    try {
      if (isLink) await symlink(await readlink(aside), name);
      else await link(aside, name);
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}

/** Removes folders that a deletion left empty, from the innermost out. */
export async function removeEmptyFolders(tree: HostTree, path: string): Promise<void> {
  const steps = path.split("/").slice(0, -1);
  for (; steps.length > 0; steps.pop()) {
    const parent = await tree.parentOf(join(...steps), "look");
    if (parent === null || typeof parent === "string") return;
    const isGone = await tryRemove(parent, steps.at(-1) ?? "");
    await parent.close();
    if (!isGone) return;
  }
}

async function tryRemove(parent: HeldFolder, name: string): Promise<boolean> {
  try {
    await rmdir(parent.at(name));
    return true;
  } catch (error) {
    // Not empty, not ours, a link: it stays.
    if (codeOf(error) === null) throw error;
    return false;
  }
}
