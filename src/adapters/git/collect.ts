/* Effects: fetches a worker's new objects into its quarantine, capped, through git's own checks. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";
import type { CollectRequest } from "../../ports/results.js";
import { showSize } from "../../util/bytes.js";
import { toStoreError } from "../store/store-errors.js";
import { type GitTimes, readPackCount } from "./bare.js";
import { COLLECT_SCRIPT, COLLECTED_SCRIPT, READ_PACK_SCRIPT } from "./collect-script.js";
import { type Git, isObjectId } from "./git.js";
import { errorWord, scriptCommand, scriptError } from "./guest-script.js";

export interface ReceiveLimits {
  readonly packBytes: number;
  readonly objects: number;
}

/** Units: bytes, count. A result beyond them is refused; the work stays in the worker. */
export const RECEIVE_LIMITS: ReceiveLimits = { packBytes: 512 * 1024 * 1024, objects: 500_000 };
/** Whose pack waits where: `run` is the word in its name. */
export type PackPlace = Pick<CollectRequest, "instance" | "guestPath" | "run"> &
  Partial<Pick<CollectRequest, "isFolder">>;
/** Which of two git directories the scripts are to look into. */
const sortOf = ({ isFolder = false }: Partial<Pick<CollectRequest, "isFolder">>) =>
  isFolder ? "folder" : "repository";
const CHUNK_BYTES = 8 * 1024 * 1024;

/** git's own checks, all of them as errors: also those that it only warns about or shows as information. */
export const STRICT = "--strict=badFilemode=error,gitmodulesParse=error";

export interface Waiting {
  readonly tip: string;
  /** 0: nothing new. */
  readonly packBytes: number;
  /** A file of the worker could not be read, so not all of it is in the snapshot. */
  readonly isPartial: boolean;
}

/** Asks the worker to commit what is uncommitted and to pack what is new. */
export async function prepareInGuest(
  guest: Guest,
  request: CollectRequest,
  { hasBase, limits }: { readonly hasBase: boolean; readonly limits: ReceiveLimits },
  times: GitTimes,
): Promise<Waiting> {
  const { guestPath, run, base } = request;
  const command = scriptCommand(COLLECT_SCRIPT, [
    guestPath,
    run,
    base,
    hasBase ? "yes" : "no",
    String(limits.packBytes),
    sortOf(request),
  ]);
  const result = await guest.exec(request.instance, command, times);
  if (errorWord(result) === "large")
    throw tooLarge(request, `a file of it has more than ${showSize(limits.packBytes)}`);
  const [, tip, partial, bytes] = /^tip (\S+)\npartial (yes|no)\npack (\d{1,15})\nend\n?$/u.exec(result.stdout) ?? [];
  if (result.exitCode !== 0 || result.isCut || tip === undefined || !isObjectId(tip)) {
    throw scriptError("REPO_COLLECT_FAILED", `The work of ${request.instance} could not be packed`, result);
  }
  return { tip, packBytes: Number(bytes), isPartial: partial === "yes" };
}

/** Copies the waiting pack to a file on the host; never more than was announced and allowed. */
export async function fetchPack(
  guest: Guest,
  request: PackPlace,
  {
    packBytes,
    folder,
    limits,
    script = READ_PACK_SCRIPT,
  }: {
    readonly packBytes: number;
    readonly folder: string;
    readonly limits: ReceiveLimits;
    /** Reads a part of the pack: path, run, offset, length. */
    readonly script?: string;
  },
  times: GitTimes,
): Promise<string> {
  if (packBytes > limits.packBytes) {
    throw tooLarge(request, `${showSize(packBytes)}, more than ${showSize(limits.packBytes)}`);
  }
  const file = join(folder, "received.pack");
  const handle = await open(file, "wx", 0o600);
  try {
    for (let offset = 0; offset < packBytes; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, packBytes - offset);
      const args = [request.guestPath, request.run, String(offset), String(length), sortOf(request)];
      const chunk = await readChunk(guest, request, { script, args, length }, times);
      await handle.writeFile(chunk).catch((error: unknown) => {
        throw toStoreError(error, "write", file);
      });
    }
  } finally {
    await handle.close();
  }
  await checkPack(file, request, limits);
  return file;
}

/** What a pack says of itself, before git looks into it. Errors: REVIEW_OBJECTS_REFUSED, REVIEW_TOO_LARGE. */
export async function checkPack(file: string, request: PackPlace, limits: ReceiveLimits): Promise<void> {
  const objects = await readPackCount(file);
  if (objects === null) throw objectsRefused("it is no pack of git objects", null);
  if (objects > limits.objects) throw tooLarge(request, `${objects} objects, more than ${limits.objects}`);
}

async function readChunk(
  guest: Guest,
  request: PackPlace,
  { script, args, length }: { readonly script: string; readonly args: readonly string[]; readonly length: number },
  times: GitTimes,
): Promise<Buffer> {
  const maxOutputBytes = 2 * length + 1024;
  const result = await guest.exec(request.instance, scriptCommand(script, args), {
    ...times,
    maxOutputBytes,
  });
  const text = result.stdout.replaceAll("\n", "");
  const bytes = Buffer.from(text, "base64");
  if (result.exitCode !== 0 || bytes.length !== length || !/^[A-Za-z0-9+/]*={0,2}$/u.test(text)) {
    throw scriptError("REPO_COLLECT_FAILED", `The work of ${request.instance} did not come through whole`, result);
  }
  return bytes;
}

function tooLarge(request: PackPlace, why: string): ReviewError {
  return new ReviewError("REVIEW_TOO_LARGE", `The work of ${request.instance} is too large to be taken over: ${why}`, {
    hint: `Look what it made: limaform shell ${request.instance} -- git -C ${request.guestPath} status`,
    details: { instance: request.instance, run: request.run },
  });
}

/**
 * Takes a received pack in: every object is checked, and every object it refers to must be there.
 *
 * Errors: REVIEW_OBJECTS_REFUSED.
 */
export async function takeIn(
  git: Git,
  gitDir: string,
  received: {
    /** null: the worker says that nothing is new here. */
    readonly file: string | null;
    readonly tip: string;
    readonly base: string;
    readonly limits: ReceiveLimits;
  },
  times: GitTimes,
): Promise<void> {
  const { file, tip, base, limits } = received;
  const take = ["index-pack", "--stdin", STRICT, `--max-input-size=${limits.packBytes}`];
  try {
    if (file !== null) await git.neutral(gitDir, take, { ...times, stdin: createReadStream(file) });
    await git.neutral(gitDir, ["cat-file", "commit", tip], times);
    const whole = ["rev-list", "--objects", "--quiet", tip, "--not", base];
    await git.neutral(gitDir, whole, times);
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code !== "REPO_GIT_FAILED") throw error;
    throw objectsRefused(error.message, error);
  }
}

function objectsRefused(why: string, cause: RepositoryError | null): ReviewError {
  return new ReviewError("REVIEW_OBJECTS_REFUSED", `git's object checks refuse what came back: ${why}`, {
    hint: "The work is still in the worker. Mend its history there, or start again from a clean worker",
    ...(cause === null ? {} : { details: cause.details, cause }),
  });
}

/** Tells the worker that its work is safe: the pack goes, the run counts as collected. */
export async function markCollected(
  guest: Guest,
  request: CollectRequest,
  runsFolder: string,
  times: GitTimes,
): Promise<void> {
  const command = scriptCommand(COLLECTED_SCRIPT, [request.guestPath, request.run, runsFolder, sortOf(request)]);
  const result = await guest.exec(request.instance, command, times);
  if (result.exitCode !== 0) throw scriptError("REPO_COLLECT_FAILED", `${request.instance} was not told of it`, result);
}
