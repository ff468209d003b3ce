/* Effects: brings files out of a worker as git objects, checks them, and writes them to their place on the host. */
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import type { Copied, Copy } from "../../ports/copy.js";
import type { Guest } from "../../ports/guest.js";
import type { Clock, Store } from "../../ports/host.js";
import { escapeLine } from "../../util/escape.js";
import { stampOf } from "../host/host-entry.js";
import { openHostTree } from "../host/host-tree.js";
import { makeFolders } from "../host/make-folders.js";
import { type Wanted, writeEntry } from "../host/write-entry.js";
import { explainErrno } from "../store/store-errors.js";
import { stageEntries, withStaging } from "./back-stage.js";
import { commitOf } from "./back-state.js";
import { exists, type GitTimes, openBare } from "./bare.js";
import { fetchPack, RECEIVE_LIMITS, STRICT } from "./collect.js";
import { COPY_DONE_SCRIPT, COPY_OUT_SCRIPT } from "./copy-script.js";
import { type Git, isObjectId, splitNul } from "./git.js";
import { errorWord, scriptCommand, scriptError } from "./guest-script.js";
import { reviewResult } from "./review-objects.js";
import { withTemporaryFolder } from "./temporary.js";

export interface CopyOutParts {
  readonly git: Git;
  readonly guest: Guest;
  readonly store: Store;
  readonly clock: Pick<Clock, "randomHex">;
}

type Request = Parameters<Copy["copyOut"]>[0];
type Options = Parameters<Copy["copyOut"]>[1];

const LISTING = 64 * 1024 * 1024;

/** See the port. */
export async function copyOut(parts: CopyOutParts, request: Request, options: Options): Promise<Copied> {
  const { guest, store, clock } = parts;
  const times = { signal: options.signal, timeoutMs: options.timeoutMs };
  const guestPath = `~/.limaform/cp-${clock.randomHex(8)}`;
  return withTemporaryFolder(await store.folder("tmp"), async (folder) => {
    try {
      options.report("packing in the worker");
      const packed = await pack(guest, request, guestPath, times);
      const place = { instance: request.instance, guestPath, run: "cp" };
      const file = await fetchPack(guest, place, { ...packed, folder, limits: RECEIVE_LIMITS }, times);
      options.report("checking");
      const gitDir = join(folder, "incoming.git");
      const entries = await check(parts.git, { gitDir, file, tip: packed.tip }, times);
      const notes = packed.skipped === 0 ? [] : [`${packed.skipped} devices, sockets or pipes stay in the worker`];
      return { ...(await placeFiles(parts, { gitDir, entries, request, folder }, times)), notes };
    } finally {
      // A worker that does not answer any more keeps its scratch folder: it is no work.
      await guest
        .exec(request.instance, scriptCommand(COPY_DONE_SCRIPT, [guestPath]), { ...times, timeoutMs: 30_000 })
        .catch(() => null);
    }
  });
}

async function pack(guest: Guest, { instance, sources }: Request, guestPath: string, times: GitTimes) {
  const result = await guest.exec(instance, scriptCommand(COPY_OUT_SCRIPT, [guestPath, ...sources]), times);
  const [, tip = "", packBytes, skipped] =
    /^tip (\S+)\npack (\d{1,15})\nskipped (\d{1,9})\nend\n?$/u.exec(result.stdout) ?? [];
  if (result.exitCode === 0 && isObjectId(tip)) return { tip, packBytes: Number(packBytes), skipped: Number(skipped) };
  if (errorWord(result) === "absent") {
    throw new RepositoryError("COPY_NOT_FOUND", `there is no ${sources.map(escapeLine).join(" or ")} in ${instance}`, {
      hint: `paths without a leading / are below the home folder: limaform shell ${instance} -- ls`,
    });
  }
  throw scriptError("COPY_FAILED", `The files of ${instance} could not be packed`, result);
}

interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

/** git's own object checks, then limaform's rules on every name and link. Errors: REVIEW_OBJECTS_REFUSED, REVIEW_REFUSED. */
async function check(
  git: Git,
  { gitDir, file, tip }: { readonly gitDir: string; readonly file: string; readonly tip: string },
  times: GitTimes,
): Promise<readonly Entry[]> {
  await openBare(git, gitDir, { format: tip.length === 40 ? "sha1" : "sha256", shallow: [], alternates: [] }, times);
  try {
    const take = ["index-pack", "--stdin", STRICT, `--max-input-size=${RECEIVE_LIMITS.packBytes}`];
    await git.neutral(gitDir, take, { ...times, stdin: createReadStream(file) });
    await git.neutral(gitDir, ["rev-list", "--objects", "--quiet", tip, "--"], times);
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code !== "REPO_GIT_FAILED") throw error;
    throw new ReviewError("REVIEW_OBJECTS_REFUSED", `git's object checks refuse what came: ${error.message}`, {
      cause: error,
    });
  }
  const base = await commitOf(git, gitDir, { tree: "", parents: [] }, times);
  const review = await reviewResult(git, { gitDir, base, tip, rules: { specFiles: [], hookFolders: [] } }, times);
  const broken = review.violations[0];
  if (broken !== undefined) {
    const what = `${escapeLine(broken.path)} breaks a rule that keeps this host safe: ${broken.rule}`;
    throw new ReviewError("REVIEW_REFUSED", what, {
      hint: "nothing was written; copy single files: limaform cp 1:FILE .",
    });
  }
  const listed = await git.neutral(gitDir, ["ls-tree", "-r", "-z", tip], { ...times, maxOutputBytes: LISTING });
  return splitNul(listed.stdoutBytes).map((field) => {
    const [, mode = "", id = "", path = ""] = /^(\d{6}) blob (\S+)\t(.*)$/su.exec(field.toString("utf8")) ?? [];
    return { mode, id, path };
  });
}

interface Placing {
  readonly gitDir: string;
  readonly entries: readonly Entry[];
  readonly request: Request;
  readonly folder: string;
}

/** Each file is complete before it is at its place; nothing is written through a link. */
async function placeFiles({ git }: CopyOutParts, { gitDir, entries, request, folder }: Placing, times: GitTimes) {
  const { root, pathOf } = await aim(request);
  return withStaging({ root, places: [folder] }, async (staging) => {
    const modes = entries.map((entry) => ({ ...entry, mode: bitsOf(entry.mode) }));
    const wanted = await stageEntries(git, { gitDir, folder: staging, entries: modes }, times);
    const sizes = await Promise.all([...wanted.values()].map(sizeOf));
    const tree = await openHostTree(root);
    try {
      for (const [number, [entry, what]] of [...wanted].entries()) {
        times.signal.throwIfAborted();
        const path = pathOf(entry.path);
        const parent = await tree.parentOf(path, "make");
        const stamp = parent === null || typeof parent === "string" ? null : await stampOf(parent.at(basename(path)));
        if (parent !== null && typeof parent !== "string") await parent.close();
        const aside = join(staging, `aside-${number}`);
        const written = await writeEntry(tree, { path, stamp: stamp?.stamp ?? null, wanted: what, aside });
        if (written !== "done") throw inTheWay(join(root, path), written);
      }
    } finally {
      await tree.close();
    }
    return { files: entries.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  });
}

/** Of git's word for a mode; null = a link. Units: permission bits. */
const bitsOf = (mode: string): number | null => (mode === "120000" ? null : mode === "100755" ? 0o755 : 0o644);

/** A link weighs nothing. Units: bytes. */
const sizeOf = async (what: Wanted): Promise<number> => (what.kind === "file" ? (await stat(what.staged)).size : 0);

/** The folder that is written in, and where in it each entry goes. Links on the way to the target are the user's own. */
async function aim({ sources, target, into }: Request) {
  const isFolder = into || ((await exists(target)) && (await stat(target)).isDirectory());
  if (isFolder) return { root: await madeFolder(target), pathOf: (path: string) => path };
  const from = basename(sources[0] ?? "");
  const name = basename(target);
  return { root: await madeFolder(dirname(target)), pathOf: (path: string) => name + path.slice(from.length) };
}

async function madeFolder(path: string): Promise<string> {
  try {
    await makeFolders(path);
    return await realpath(path);
  } catch (error) {
    const { why, hint } = explainErrno(error, path);
    const what = `${path} cannot be made a folder to copy into: ${why}`;
    throw new RepositoryError("COPY_IN_THE_WAY", what, { hint, details: { path, why }, cause: error });
  }
}

function inTheWay(path: string, why: string): RepositoryError {
  return new RepositoryError("COPY_IN_THE_WAY", `${path} was not written: ${why.replaceAll("_", " ")}`, {
    hint: "move it away, or copy to another folder",
    details: { path, why },
  });
}
