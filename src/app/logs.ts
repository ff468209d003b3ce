import type { RunRecord } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import { readEntry, SIGNS } from "../runs/transcript.js";
import { escapeLine } from "../util/escape.js";
import { partName } from "../util/run-part.js";
import type { LogLine, LogPart, LogsDocument, LogsRequest } from "./app.js";
import { findParts, lastParts } from "./find-run.js";
import type { Fleet } from "./fleet.js";
import { CALL_LIMIT_MS, TELL_LIMIT_MS } from "./run-part.js";
import type { AppSession } from "./session.js";

const POLL_MS = 1_000;
/** Lines of each part that a document holds at most. */
const DOCUMENT_LINES = 2_000;

type Streams = readonly ("transcript" | "stdout" | "stderr")[];

/**
 * Output of runs. It is brought here first as far as it is there; while another limaform follows the run, what that one
 * brings is read. Memory stays flat: a batch is handed on before the next one is read.
 */
export async function readLogs(session: AppSession, request: LogsRequest): Promise<LogsDocument> {
  const fleet = await session.fleet();
  const parts = await choose(fleet, request);
  const count = parts.length;
  const told = await Promise.all(parts.map((first) => tellPart(session, fleet, { first, count }, request)));
  return { format: "limaform.logs", version: 1, parts: told };
}

async function choose(fleet: Fleet, request: LogsRequest): Promise<readonly RunRecord[]> {
  if (request.run === null) return lastParts(fleet, request.workers);
  const parts = await findParts(fleet, request.run);
  if (request.workers.length === 0) return parts;
  const chosen = new Set((await lastParts(fleet, request.workers)).map(({ instance }) => instance));
  return parts.filter(({ instance }) => chosen.has(instance));
}

interface Chosen {
  readonly first: RunRecord;
  /** Of the parts that are told. */
  readonly count: number;
}

async function tellPart(session: AppSession, fleet: Fleet, { first, count }: Chosen, request: LogsRequest) {
  const part: LogPart = { run: first.run, part: partName(first), slot: first.slot, instance: first.instance };
  const streams: Streams = request.onBytes !== undefined || request.isRaw ? ["stdout", "stderr"] : ["transcript"];
  const kept: LogLine[] = [];
  let isCut = false;
  const give = async (lines: readonly LogLine[]): Promise<void> => {
    if (lines.length === 0) return;
    if (request.onBatch !== undefined) return request.onBatch(part, lines, count);
    kept.push(...lines);
    if (kept.length <= DOCUMENT_LINES) return;
    isCut = true;
    kept.splice(0, kept.length - DOCUMENT_LINES);
  };
  const isTold = streams.includes("transcript");
  let record = await bring(session, fleet, first, { all: !request.follow, isTold });
  const readers = await Promise.all(streams.map((kind) => openReader({ session, fleet }, record, kind, request)));
  isCut ||= readers.some(({ isPart }) => isPart);
  for (;;) {
    let seen = 0;
    for (const { read } of readers) seen += await read(record, give);
    if (!request.follow || (isEnded(record.state) && seen === 0)) break;
    if (seen === 0) await session.clock.sleep(POLL_MS, session.interrupt.first);
    record = await bring(session, fleet, record, { all: false, isTold });
  }
  return { ...part, state: record.state, lines: kept, isCut };
}

interface Wanted {
  /** All that is there, not one piece of it. */
  readonly all: boolean;
  /** The transcript is read. */
  readonly isTold: boolean;
}

/** Brings new output here, unless whoever follows the run does that. */
async function bring(session: AppSession, fleet: Fleet, record: RunRecord, { all, isTold }: Wanted) {
  const signal = session.interrupt.first;
  const parts = await fleet.runs.ofRun(record.run);
  const known = parts.find(({ slot, task }) => slot === record.slot && task === record.task) ?? record;
  const isFollowed = async () => (await fleet.lock.leases())[known.instance] !== undefined;
  const isHere = isEnded(known.state) || (await isFollowed());
  const now = isHere ? known : await fleet.runs.refresh(known, { signal, timeoutMs: CALL_LIMIT_MS, all });
  // Nothing comes after an end: what is not told by then would never be shown.
  if (isEnded(now.state) && isTold) await fleet.runs.tell(now, { signal, timeoutMs: TELL_LIMIT_MS });
  return now;
}

interface Reader {
  /** True where what is read begins in the middle. */
  readonly isPart: boolean;
  /** Hands on what is new; returns how many bytes that were. */
  read(record: RunRecord, give: (lines: readonly LogLine[]) => Promise<void>): Promise<number>;
}

async function openReader(
  { session, fleet }: { readonly session: AppSession; readonly fleet: Fleet },
  record: RunRecord,
  kind: Streams[number],
  request: LogsRequest,
) {
  const begin = request.tail === null ? 0 : await fleet.logs.tail(record, { kind, lines: request.tail });
  let offset = begin;
  const since = createSince(session.clock.now(), request.sinceMs);
  let at: string | null = null;
  const toLine = (text: string): LogLine | null => {
    if (kind !== "transcript") return { kind: kind === "stdout" ? "text" : "stderr", text: escapeLine(text), at: null };
    const entry = readEntry(text);
    if (entry.sign === SIGNS.time) at = entry.text;
    if (entry.sign === SIGNS.time || !since(at)) return null;
    return { kind: KINDS[entry.sign] ?? "note", text: entry.text, at };
  };
  const reader: Reader = {
    isPart: begin > 0,
    async read(now, give) {
      const from = offset;
      const isOver = isEnded(now.state);
      if (request.onBytes !== undefined) offset = await fleet.logs.readBytes(now, { kind, from }, request.onBytes);
      else {
        offset = await fleet.logs.read(now, { kind, from, isEnded: isOver }, (lines) =>
          give(lines.flatMap((line) => toLine(line) ?? [])),
        );
      }
      return offset - from;
    },
  };
  return reader;
}

/** Whether what came at that time is wanted; what nobody knows the time of is. */
function createSince(now: string, sinceMs: number | null): (at: string | null) => boolean {
  if (sinceMs === null) return () => true;
  const from = Date.parse(now) - sinceMs;
  return (at) => at === null || !(Date.parse(at) < from);
}

const KINDS: Readonly<Record<string, LogLine["kind"]>> = {
  [SIGNS.text]: "text",
  [SIGNS.stderr]: "stderr",
  [SIGNS.tool]: "tool",
  [SIGNS.toolFailed]: "toolFailed",
  [SIGNS.denied]: "denied",
  [SIGNS.retry]: "retry",
  [SIGNS.waiting]: "waiting",
  [SIGNS.result]: "result",
};
