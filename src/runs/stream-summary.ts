import type { Failure, StreamEvent, StreamReader, Tokens } from "../backends/stream-event.js";

/**
 * What an agent's output up to some byte says. A function of the bytes alone: read in one piece or in many, by this
 * process or by another, it is the same.
 */
export interface StreamSummary {
  readonly conversation: string | null;
  readonly model: string | null;
  /** Tools that were started and have not ended, oldest first. */
  readonly openTools: readonly OpenTool[];
  readonly toolCalls: number;
  /** Last thing that it did or said, one line. Untrusted. */
  readonly lastAction: string;
  /** Set while the newest word is that it waits for its model or its provider. */
  readonly waitsForModel: ModelWait | null;
  /** Set while it waits for a person. */
  readonly waitsForInput: string | null;
  /** Tools that were refused, each call once. */
  readonly denied: readonly string[];
  readonly tokens: Tokens | null;
  /** The agent's own figure; null where it tells none. Units: US dollars. */
  readonly costUsd: number | null;
  readonly result: StreamResult | null;
}

export interface OpenTool {
  readonly id: string;
  readonly name: string;
}

export interface ModelWait {
  readonly kind: "limited" | "offline" | "retrying";
  readonly text: string;
  /** Known end of a limit, ISO 8601 UTC. */
  readonly until: string | null;
  /** Counts from the time of the output that said so. Units: ms. */
  readonly resumesInMs: number | null;
}

export interface StreamResult {
  readonly isOk: boolean;
  readonly text: string;
  readonly failure: Failure | null;
}

export const EMPTY_SUMMARY: StreamSummary = {
  conversation: null,
  model: null,
  openTools: [],
  toolCalls: 0,
  lastAction: "",
  waitsForModel: null,
  waitsForInput: null,
  denied: [],
  tokens: null,
  costUsd: null,
  result: null,
};

/** Most of what is kept of one text. Units: characters. */
const LONGEST_RESULT = 64 * 1024;
const LONGEST_ACTION = 200;
/** A worker may print without end; what is not counted any more is not needed for a state. */
const MOST_NAMES = 1000;

/** The summary after one more event. */
export function addEvent(summary: StreamSummary, event: StreamEvent): StreamSummary {
  // Whatever comes, it is not waiting any more, unless that is what comes; usage and cost tell of the past.
  const awake = { ...summary, waitsForModel: null, waitsForInput: null };
  switch (event.type) {
    case "init":
      return { ...awake, conversation: event.conversation || summary.conversation, model: event.model };
    case "text":
      return { ...awake, lastAction: oneLine(event.text) || summary.lastAction };
    case "tool_started": {
      const { id, name } = event;
      const openTools = [...summary.openTools, { id, name }].slice(-MOST_NAMES);
      const lastAction = oneLine(event.title === "" ? name : `${name}: ${event.title}`);
      return { ...awake, openTools, toolCalls: summary.toolCalls + 1, lastAction };
    }
    case "tool_ended":
      return { ...awake, openTools: summary.openTools.filter(({ id }) => id !== event.id) };
    case "retry": {
      const wait = waitOf(event);
      // What it did before the model refused is not what it does now.
      return { ...awake, waitsForModel: wait, lastAction: wait.text };
    }
    case "limit": {
      const { text, until } = event;
      return { ...awake, waitsForModel: { kind: "limited", text, until, resumesInMs: null } };
    }
    case "denied":
      return { ...summary, denied: [...summary.denied, event.tool].slice(0, MOST_NAMES) };
    case "waiting":
      return { ...awake, waitsForInput: oneLine(event.text) };
    case "usage":
      return { ...summary, tokens: event.tokens };
    case "cost":
      return { ...summary, costUsd: event.usd };
    case "result": {
      const { isOk, failure } = event;
      // A limit that ended the run says when to go on; the wait itself is over.
      return { ...summary, openTools: [], result: { isOk, failure, text: event.text.slice(0, LONGEST_RESULT) } };
    }
  }
}

function waitOf({ reason, text, resumesInMs }: Extract<StreamEvent, { type: "retry" }>): ModelWait {
  const isLimit = reason === "rate_limit" || reason === "overloaded";
  const kind = isLimit ? "limited" : reason === "offline" ? "offline" : "retrying";
  return { kind, text: oneLine(text), until: null, resumesInMs };
}

const oneLine = (text: string): string => text.trim().split(/\r?\n/u, 1)[0]?.slice(0, LONGEST_ACTION) ?? "";

export interface Summarizer {
  /** A whole line without its end. */
  add(line: string, stream: "stdout" | "stderr"): void;
  /** So far; the output may go on. */
  now(): StreamSummary;
  /** Where no more comes. */
  atEnd(): StreamSummary;
}

/** Reads lines with a backend's reader and folds what they say. */
export function createSummarizer(reader: StreamReader): Summarizer {
  let summary = EMPTY_SUMMARY;
  return {
    add(line, stream) {
      summary = reader.readLine(line, stream).reduce(addEvent, summary);
    },
    now: () => summary,
    atEnd: () => reader.end().reduce(addEvent, summary),
  };
}
