/* Effects: asks git what the work tree holds beyond an index, and the file system about those files. */
import { access, constants, lstat } from "node:fs/promises";
import ignore from "ignore";
import type { CarryRules } from "../../ports/repository.js";
import { compareText } from "../../util/compare.js";
import type { CarriedFiles } from "../../world/sources.js";
import { type Git, type GitCall, splitNul } from "./git.js";
import { looksLikeSecret } from "./secret-names.js";

export interface ListingPlace {
  readonly git: Git;
  readonly request: {
    /** Top of the work tree. */
    readonly root: string;
    readonly rules: CarryRules;
  };
  /** Git call options with the index and object folder in force. */
  readonly call: Pick<GitCall, "signal" | "timeoutMs" | "env">;
}

/** Most bytes of one listing of names. */
export const LISTING = 128 * 1024 * 1024;

export interface Changed {
  readonly changed: readonly Buffer[];
  /** In the index, not in the work tree. */
  readonly gone: readonly Buffer[];
}

/** Names as bytes, relative to the work tree. */
export async function listChanged({ git, request, call }: ListingPlace): Promise<Changed> {
  await git.inTree(request.root, ["update-index", "-q", "--refresh", "--unmerged"], { ...call, exitCodes: [0, 1] });
  const list = ["diff-files", "-z", "--name-status", "--no-ext-diff", "--ignore-submodules=all"];
  const fields = splitNul((await git.inTree(request.root, list, { ...call, maxOutputBytes: LISTING })).stdoutBytes);
  const found = { changed: [] as Buffer[], gone: [] as Buffer[] };
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at + 1] ?? Buffer.alloc(0);
    found[fields[at]?.toString("latin1") === "D" ? "gone" : "changed"].push(name);
  }
  return found;
}

export interface Untracked {
  readonly carried: readonly Buffer[];
  readonly keptOut: CarriedFiles["keptOut"];
  readonly notes: readonly string[];
}

/** New files by what becomes of them; ignored ones are not in it. */
export async function listUntracked({ git, request, call }: ListingPlace): Promise<Untracked> {
  const list = ["ls-files", "-z", "--others", "--exclude-standard", "--full-name"];
  const listed = await git.inTree(request.root, list, { ...call, maxOutputBytes: LISTING });
  const wanted = ignore().add([...request.rules.include]);
  const skipped = ignore().add([...request.rules.skip]);
  const named = await listIncluded({ git, request, call });
  const carried: Buffer[] = [];
  const keptOut: { path: string; reason: "secret" | "large" }[] = [];
  const nested: string[] = [];
  const unreadable: string[] = [];
  for (const name of splitNul(listed.stdoutBytes)) {
    const path = name.toString("utf8");
    if (path.endsWith("/")) nested.push(path);
    else if (wanted.ignores(path) || skipped.ignores(path)) continue;
    else if (looksLikeSecret(path)) keptOut.push({ path, reason: "secret" });
    else if ((await sizeOf(request.root, name)) > request.rules.maxFileBytes) keptOut.push({ path, reason: "large" });
    else if (!(await isReadable(request.root, name))) unreadable.push(path);
    else carried.push(name);
  }
  carried.push(...named);
  keptOut.sort((left, right) => compareText(left.path, right.path));
  const notes = [
    ...nested.map((path) => `${path} is a git repository of its own and is not carried into workers.`),
    ...unreadable.map((path) => `${path} cannot be read by you and is not carried into workers.`),
  ];
  return { carried, keptOut, notes };
}

/** What `sync.to.include` names among untracked files, those that git ignores too; by git's own meaning of the patterns. */
async function listIncluded({ git, request, call }: ListingPlace): Promise<readonly Buffer[]> {
  const { include } = request.rules;
  if (include.length === 0) return [];
  const patterns = include.map((pattern) => `--exclude=${pattern}`);
  const list = ["ls-files", "-z", "--others", "--full-name", "--ignored", ...patterns];
  const listed = await git.inTree(request.root, list, { ...call, maxOutputBytes: LISTING });
  return splitNul(listed.stdoutBytes).filter((name) => name.at(-1) !== "/".charCodeAt(0));
}

/** A file that another user wrote (a container, say) would end the whole plan. A link is read as a link. */
async function isReadable(root: string, name: Buffer): Promise<boolean> {
  const path = placeOf(root, name);
  try {
    await access(path, constants.R_OK);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EACCES")) return true;
    return (await lstat(path)).isSymbolicLink();
  }
}

function placeOf(root: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), name]);
}

/** 0 where it is gone again: the listing was a moment ago. */
export async function sizeOf(root: string, name: Buffer): Promise<number> {
  try {
    const found = await lstat(placeOf(root, name));
    return found.isDirectory() ? 0 : found.size;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return 0;
    throw error;
  }
}
