/* Effects: brings the files of a worker as one commit into a folder in front of its quarantine, capped and checked. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { BackRequest } from "../../ports/back.js";
import type { Guest } from "../../ports/guest.js";
import { BACK_SCRIPT, READ_BACK_SCRIPT } from "./back-script.js";
import type { GitTimes } from "./bare.js";
import { checkPack, fetchPack, type ReceiveLimits } from "./collect.js";
import { isObjectId } from "./git.js";
import { scriptCommand, scriptError } from "./guest-script.js";

/** Units: bytes. A pack of this size costs less than another command in the guest. */
const INLINE_BYTES = 512 * 1024;
const ANSWER_BYTES = 2 * INLINE_BYTES;
/** Files that come and go while they are read make a snapshot fail; an agent at work does that. */
const TRIES = 3;

export interface FetchedBack {
  readonly tip: string;
  /** How many files were left out because they are larger than anything that may come back. */
  readonly large: number;
  /** null: the host has all of it. */
  readonly file: string | null;
}

interface FetchRequest {
  readonly request: BackRequest;
  readonly key: string;
  readonly format: string;
  /** Commits of ours that the worker may know. */
  readonly have: readonly string[];
  readonly folder: string;
  readonly limits: ReceiveLimits;
}

/** Errors: REPO_BACK_FAILED; REVIEW_TOO_LARGE; GUEST_…. */
export async function fetchBack(guest: Guest, fetch: FetchRequest, times: GitTimes): Promise<FetchedBack> {
  const { request, key, folder, limits } = fetch;
  const { tip, bytes, inline, large } = await ask(guest, fetch, times);
  if (bytes === 0) return { tip, large, file: null };
  const place = { instance: request.instance, guestPath: request.guestPath, run: key };
  if (bytes > limits.packBytes || inline === null) {
    return {
      tip,
      large,
      file: await fetchPack(guest, place, { packBytes: bytes, folder, limits, script: READ_BACK_SCRIPT }, times),
    };
  }
  const file = join(folder, "received.pack");
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(inline);
  } finally {
    await handle.close();
  }
  await checkPack(file, place, limits);
  return { tip, large, file };
}

async function ask(guest: Guest, { request, key, format, have }: FetchRequest, times: GitTimes) {
  const args = [
    request.guestPath,
    key,
    format,
    String(INLINE_BYTES),
    request.checksum === true ? "yes" : "no",
    ...have.filter(isObjectId),
  ];
  const patterns = request.exclude.map((pattern) => `${pattern}\n`).join("");
  for (let tried = 1; ; tried += 1) {
    const command = scriptCommand(BACK_SCRIPT, args, patterns);
    const result = await guest.exec(request.instance, command, { ...times, maxOutputBytes: ANSWER_BYTES });
    const answer = result.exitCode === 0 && !result.isCut ? readAnswer(result.stdout) : null;
    if (answer !== null) return answer;
    const failed = scriptError("REPO_BACK_FAILED", `The files of ${request.instance} could not be read`, result);
    if (!result.stdout.includes("limaform-error snapshot") || tried === TRIES) throw failed;
  }
}

function readAnswer(text: string) {
  const [, tip = "", large, size, body = ""] =
    /^tip (\S+)\nlarge (\d{1,9})\npack (\d{1,15})\n([A-Za-z0-9+/=\n]*)end\n?$/u.exec(text) ?? [];
  if (size === undefined || !isObjectId(tip)) return null;
  const bytes = Number(size);
  const isInline = bytes > 0 && bytes <= INLINE_BYTES;
  const inline = isInline ? Buffer.from(body.replaceAll("\n", ""), "base64") : null;
  if (inline !== null && inline.length !== bytes) return null;
  return { tip, bytes, inline, large: Number(large) };
}
