import type { StreamEvent, StreamReader } from "../backends/stream-event.js";
import { escapeLine } from "../util/escape.js";

/**
 * The readable transcript of a run: a file of lines, each a sign and escaped text. It is a function of the raw output and
 * the times at which that came here, so it can always be made anew.
 *
 * Shape: no line holds a control character; a `@` line tells the time (ISO 8601, UTC) from which on what follows came.
 */
export const SIGNS = {
  text: " ",
  stderr: "!",
  tool: ">",
  toolFailed: "x",
  denied: "-",
  retry: "~",
  waiting: "?",
  result: "=",
  time: "@",
  note: "#",
} as const;

export type Sign = (typeof SIGNS)[keyof typeof SIGNS];

export interface TranscriptEntry {
  readonly sign: Sign;
  readonly text: string;
}

export interface TranscriptWriter {
  /** Lines of the transcript, without line ends, that one line of output makes. */
  add(line: string, stream: "stdout" | "stderr"): readonly string[];
}

const lineOf = (sign: Sign, text: string): readonly string[] =>
  text
    .replace(/\r?\n$/u, "")
    .split(/\r?\n/u)
    .map((part) => `${sign}${escapeLine(part)}`);

/** `reader` null: a plain command, whose lines are its text. */
export function createTranscriptWriter(reader: StreamReader | null): TranscriptWriter {
  const tools = new Map<string, string>();
  const show = (event: StreamEvent): readonly string[] => {
    if (event.type === "tool_started") tools.set(event.id, event.name);
    const name = event.type === "tool_ended" ? (tools.get(event.id) ?? "tool") : "";
    if (event.type === "tool_ended") tools.delete(event.id);
    return linesOf(event, name);
  };
  return {
    add(line, stream) {
      const text = line.replace(/\r$/u, "");
      if (reader === null) return lineOf(stream === "stdout" ? SIGNS.text : SIGNS.stderr, text);
      const events = reader.readLine(text, stream);
      if (events.length > 0) return events.flatMap(show);
      if (text.trim() === "" || (stream === "stdout" && text.trimStart().startsWith("{"))) return [];
      return lineOf(stream === "stdout" ? SIGNS.text : SIGNS.stderr, text);
    },
  };
}

function linesOf(event: StreamEvent, tool: string): readonly string[] {
  switch (event.type) {
    case "text":
      return lineOf(SIGNS.text, event.text);
    case "tool_started":
      return lineOf(SIGNS.tool, event.title === "" ? event.name : `${event.name}: ${event.title}`);
    case "tool_ended":
      return event.isError ? lineOf(SIGNS.toolFailed, `${tool} failed`) : [];
    case "denied":
      return lineOf(SIGNS.denied, `denied: ${event.tool}`);
    case "retry":
      return lineOf(SIGNS.retry, event.text);
    case "limit":
      return lineOf(SIGNS.retry, event.until === null ? event.text : `${event.text}, goes on at ${event.until}`);
    case "waiting":
      return lineOf(SIGNS.waiting, `waits: ${event.text}`);
    case "result":
      return lineOf(SIGNS.result, `${event.isOk ? "done" : "failed"}: ${event.text}`);
    default:
      return [];
  }
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(SIGNS));

/** One line of the file; what is of no known form counts as text, escaped once more. */
export function readEntry(line: string): TranscriptEntry {
  const sign = line.slice(0, 1);
  const text = escapeLine(line.slice(1));
  return KNOWN.has(sign) ? { sign: sign as Sign, text } : { sign: SIGNS.note, text: escapeLine(line) };
}
