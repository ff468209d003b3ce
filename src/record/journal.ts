import { compareText } from "../util/compare.js";
import { sha256Hex } from "../util/digest.js";
import { JOURNAL_FILE } from "./files.js";
import { isCount, isFields, isText, parseJson, refuseNewer } from "./narrow.js";

export const JOURNAL_VERSION = 1;

/** Verb of the line that says that a saved plan was applied; its `instance` is the plan's digest. */
export const PLAN_VERB = "apply-plan";

/** `begin` is durable before the effect, the end before anybody is told. */
export type JournalStatus = "begin" | "done" | "failed" | "interrupted";

/**
 * One line: what a step was about to do, or how it ended.
 *
 * Shape: names only; no inputs, outputs or error texts, which may hold what must not rest on disk.
 */
export interface JournalLine {
  readonly v: typeof JOURNAL_VERSION;
  /** Version of the limaform that wrote it. */
  readonly engine: string;
  readonly at: string;
  readonly run: string;
  readonly step: string;
  readonly verb: string;
  readonly address: string;
  readonly instance: string;
  readonly status: JournalStatus;
  readonly pid: number;
}

/** Shape: `notices` are sentences about text that was left out. */
export interface JournalReading {
  readonly lines: readonly JournalLine[];
  readonly notices: readonly string[];
}

/** Without the newline: the JSON object, a tab, 16 hex digits of its sha256. */
export function encodeLine(line: JournalLine): string {
  const json = JSON.stringify(line);
  return `${json}\t${checksum(json)}`;
}

/**
 * Reads a whole journal; null where there is no file.
 *
 * Shape: every readable line counts, wherever it stands. A torn or damaged line is left out with a notice, which is safe
 * on both sides: without its `begin` an object is not proved ours and is refused, without its end it counts as unfinished
 * and is looked at again.
 * Errors: STORE_NEWER_FORMAT for a whole line of a newer format: guessing at that would not be safe.
 */
export function decodeJournal(text: string | null): JournalReading {
  const lines: JournalLine[] = [];
  const damaged: number[] = [];
  const notices: string[] = [];
  const pieces = (text ?? "").split("\n");
  pieces.forEach((piece, place) => {
    if (piece === "") return;
    const line = decodeLine(piece);
    if (line !== null) lines.push(line);
    else if (place === pieces.length - 1) notices.push(`the last line of ${JOURNAL_FILE} was cut off and is left out`);
    else damaged.push(place + 1);
  });
  const [first, ...others] = damaged;
  // One sentence: a file of garbage has many lines, and is met again by every command.
  if (first !== undefined && others.length === 0)
    notices.unshift(`line ${first} of ${JOURNAL_FILE} is damaged and is left out`);
  else if (first !== undefined)
    notices.unshift(
      `${damaged.length} lines of ${JOURNAL_FILE}, the first of them line ${first}, are damaged and are left out`,
    );
  return { lines, notices };
}

/**
 * Per instance the first step begun since the last `done` that is known of it: what is there may be half made or half
 * deleted, and the line proves that it is ours. A failed or interrupted step leaves the same residue as a killed one; a
 * later step that fails too takes nothing away from the proof.
 *
 * Shape: sorted by instance.
 */
export function openLines(lines: readonly JournalLine[]): readonly JournalLine[] {
  const open = new Map<string, JournalLine>();
  for (const line of lines) {
    if (line.status === "begin" && !open.has(line.instance)) open.set(line.instance, line);
    else if (line.status === "done") open.delete(line.instance);
  }
  return [...open.values()].sort((left, right) => compareText(left.instance, right.instance));
}

function checksum(json: string): string {
  return sha256Hex(json).slice(0, 16);
}

function decodeLine(piece: string): JournalLine | null {
  const tab = piece.lastIndexOf("\t");
  const json = piece.slice(0, Math.max(tab, 0));
  if (tab < 0 || checksum(json) !== piece.slice(tab + 1)) return null;
  const value = parseJson(json);
  if (!isFields(value)) return null;
  refuseNewer(JOURNAL_FILE, { version: value.v, engine: value.engine }, JOURNAL_VERSION);
  const { v, engine, at, run, step, verb, address, instance, status, pid } = value;
  if (v !== JOURNAL_VERSION || !isText(engine) || !isText(at) || !isText(run) || !isText(step)) return null;
  if (!isText(verb) || !isText(address) || !isText(instance) || !isStatus(status) || !isCount(pid)) return null;
  return { v, engine, at, run, step, verb, address, instance, status, pid };
}

function isStatus(value: unknown): value is JournalStatus {
  return value === "begin" || value === "done" || value === "failed" || value === "interrupted";
}
