/* Effects: asks a worker to commit and pack what it holds, over SSH. */
import { WorkError } from "../../errors/errors.js";
import type { Guest, GuestResult } from "../../ports/guest.js";
import { escapeLine } from "../../util/escape.js";
import type { GitTimes } from "./bare.js";
import { isObjectId } from "./git.js";
import { errorWord, scriptCommand, scriptError } from "./guest-script.js";
import { SAVE_LIST_SCRIPT, SAVE_PACK_SCRIPT, SAVED_SCRIPT } from "./save-script.js";

/** One line of history in a worker. Its name is the worker's word. */
export interface Entry {
  readonly name: string;
  readonly commit: string;
  /** The commit, or the tag that names it. */
  readonly object: string;
}

export interface GuestHistory {
  readonly format: "sha1" | "sha256";
  /** Uncommitted and untracked files as one commit on top of HEAD; null where there are none. */
  readonly files: string | null;
  readonly entries: readonly Entry[];
  readonly base: string | null;
}

type Place = { readonly instance: string; readonly guestPath: string };

const MAX_LIST_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 2000;

/** Errors: WORK_SAVE_FAILED. */
export async function listHistory(guest: Guest, place: Place, times: GitTimes): Promise<GuestHistory> {
  const command = scriptCommand(SAVE_LIST_SCRIPT, [place.guestPath]);
  const result = await guest.exec(place.instance, command, { ...times, maxOutputBytes: MAX_LIST_BYTES });
  const lines = result.stdout.trimEnd().split("\n");
  if (result.exitCode !== 0 || result.isCut || lines[0] !== "limaform-save 1" || lines.at(-1) !== "end") {
    throw saveFailed(place, "its work could not be listed", result);
  }
  const history = parse(lines.slice(1, -1));
  if (history === null) throw saveFailed(place, "its list of work could not be read", result);
  return history;
}

function parse(lines: readonly string[]): GuestHistory | null {
  let format: GuestHistory["format"] | null = null;
  let files: string | null = null;
  let base: string | null = null;
  const entries: Entry[] = [];
  for (const line of lines) {
    const [word, first = "", second = "", ...rest] = line.split(" ");
    if (word === "format" && (first === "sha1" || first === "sha256")) format = first;
    else if (word === "files" && isObjectId(first)) files = first;
    else if (word === "base" && isObjectId(first)) base = first;
    else if (word === "ref" && isObjectId(first) && isObjectId(second) && rest.length > 0)
      entries.push({ commit: first, object: second, name: rest.join(" ") });
    else return null;
  }
  return format === null || entries.length > MAX_ENTRIES ? null : { format, files, base, entries };
}

/** Has the worker pack the wanted objects without what the known commits reach. Returns the size in bytes. */
export async function packHistory(
  guest: Guest,
  place: Place,
  { want, known }: { readonly want: readonly string[]; readonly known: readonly string[] },
  times: GitTimes,
): Promise<number> {
  const stdin = [...want.map((id) => `want ${id}`), ...known.map((id) => `known ${id}`), "end", ""].join("\n");
  const result = await guest.exec(place.instance, scriptCommand(SAVE_PACK_SCRIPT, [place.guestPath], stdin), times);
  const bytes = /^pack (\d{1,15})\nend\n?$/u.exec(result.stdout)?.[1];
  if (result.exitCode !== 0 || bytes === undefined) throw saveFailed(place, "its work could not be packed", result);
  return Number(bytes);
}

/** Tells the worker that its work is safe: the pack goes, and later probes can tell that the files are saved. */
export async function confirmSaved(guest: Guest, place: Place, files: string | null, times: GitTimes): Promise<void> {
  const result = await guest.exec(place.instance, scriptCommand(SAVED_SCRIPT, [place.guestPath, files ?? ""]), times);
  if (result.exitCode !== 0) throw saveFailed(place, "it was not told that its work is saved", result);
}

function saveFailed({ instance, guestPath }: Place, what: string, result: GuestResult): WorkError {
  const why = scriptError("WORK_SAVE_FAILED", what, result);
  const unreadable = errorWord(result) === "unreadable" ? " (a file cannot be read, or it changed meanwhile)" : "";
  return new WorkError("WORK_SAVE_FAILED", `the work on ${instance} is not saved: ${why.message}${unreadable}`, {
    hint: `look at it: limaform shell ${instance} -- git -C ${escapeLine(guestPath)} status; nothing was ended`,
    details: why.details,
  });
}
