import type { JsonObject } from "../util/json.js";
import { countAt, objectAt, parseObject, textAt } from "./json-line.js";
import type { Failure, RetryReason, StreamEvent, StreamReader } from "./stream-event.js";
import { titleOf } from "./tool-title.js";

/** Reads `-o stream-json`. Text comes in pieces, and retries are told of on standard error alone. */
export function createGeminiReader(): StreamReader {
  let answer = "";
  // Turns in a circle are ended by the program itself, which then reports a success.
  let stopped: string | null = null;
  const names = new Map<string, string>();
  const readTool = (event: JsonObject): readonly StreamEvent[] => {
    const id = textAt(event, "tool_id");
    answer = "";
    const ended = { type: "tool_ended", id, isError: textAt(event, "status") === "error" } as const;
    const isDenied = DENIALS.has(textAt(objectAt(event, "error"), "type"));
    return isDenied ? [ended, { type: "denied", tool: names.get(id) ?? "" }] : [ended];
  };
  return {
    readLine(line, stream) {
      if (stream === "stderr") return readNotice(line);
      const event = parseObject(line);
      switch (event?.type) {
        case "init":
          return [{ type: "init", conversation: textAt(event, "session_id"), model: textAt(event, "model") || null }];
        case "message": {
          const text = event.role === "assistant" ? textAt(event, "content") : "";
          answer += text;
          return text === "" ? [] : [{ type: "text", text }];
        }
        case "tool_use": {
          const [id, name] = [textAt(event, "tool_id"), textAt(event, "tool_name")];
          names.set(id, name);
          return [{ type: "tool_started", id, name, title: titleOf(objectAt(event, "parameters")) }];
        }
        case "tool_result":
          return readTool(event);
        case "error": {
          const message = textAt(event, "message");
          if (/stopping execution/iu.test(message)) stopped = message;
          return [];
        }
        case "result":
          return readResult(event, answer, stopped);
        default:
          return [];
      }
    },
    end: () => [],
  };
}

const DENIALS = new Set(["tool_not_registered", "policy_violation", "permission_denied"]);

function readNotice(line: string): readonly StreamEvent[] {
  if (!/Retrying with backoff|fetch failed/u.test(line)) return [];
  const status = Number(/status (\d{3})/u.exec(line)?.[1] ?? 0);
  return [{ type: "retry", reason: reasonOf(status), text: line.slice(0, 300), resumesInMs: null }];
}

function reasonOf(status: number): RetryReason {
  if (status === 0) return "offline";
  if (status === 401 || status === 403) return "credentials";
  return status === 429 ? "rate_limit" : "server";
}

function readResult(event: JsonObject, answer: string, stopped: string | null): readonly StreamEvent[] {
  const stats = objectAt(event, "stats");
  const tokens = {
    input: countAt(stats, "input_tokens"),
    output: countAt(stats, "output_tokens"),
    cached: countAt(stats, "cached"),
  };
  const isOk = event.status === "success" && stopped === null;
  const message = textAt(objectAt(event, "error"), "message") || (stopped ?? "");
  return [
    ...(stats === null ? [] : [{ type: "usage", tokens } as const]),
    { type: "result", isOk, text: isOk ? answer : message, failure: isOk ? null : failureOf(message) },
  ];
}

function failureOf(text: string): Failure {
  if (/\b(401|403)\b|UNAUTHENTICATED|PERMISSION_DENIED|API key/u.test(text)) return "credentials";
  if (/\b429\b|RESOURCE_EXHAUSTED|quota/iu.test(text)) return "rate_limit";
  return /fetch failed|ENOTFOUND|ECONNREFUSED|ETIMEDOUT/u.test(text) ? "network" : "agent_error";
}
