import type { JsonObject } from "../util/json.js";
import { countAt, objectAt, parseObject, textAt } from "./json-line.js";
import type { Failure, RetryReason, StreamEvent, StreamReader } from "./stream-event.js";

/** Reads `codex exec --json`. It has no field for a status: limits and credentials are known by text alone. */
export function createCodexReader(): StreamReader {
  let answer = "";
  const readItem = (type: string, item: JsonObject | null): readonly StreamEvent[] => {
    const id = textAt(item, "id");
    const kind = textAt(item, "type");
    if (kind === "agent_message" && type === "item.completed") {
      answer = textAt(item, "text");
      return [{ type: "text", text: answer }];
    }
    if (!TOOLS.has(kind)) return [];
    if (type === "item.started") {
      return [{ type: "tool_started", id, name: kind, title: textAt(item, "command").split("\n", 1)[0] ?? "" }];
    }
    const isDeclined = textAt(item, "status") === "declined";
    const ended = { type: "tool_ended", id, isError: textAt(item, "status") === "failed" || isDeclined } as const;
    return isDeclined ? [ended, { type: "denied", tool: kind }] : [ended];
  };
  return {
    readLine(line, stream) {
      const event = stream === "stdout" ? parseObject(line) : null;
      const type = textAt(event, "type");
      switch (type) {
        case "thread.started":
          return [{ type: "init", conversation: textAt(event, "thread_id"), model: null }];
        case "item.started":
        case "item.completed":
          return readItem(type, objectAt(event, "item"));
        case "error":
          return readError(textAt(event, "message"));
        case "turn.completed":
          return [...readUsage(objectAt(event, "usage")), { type: "result", isOk: true, text: answer, failure: null }];
        case "turn.failed": {
          const text = textAt(objectAt(event, "error"), "message");
          return [{ type: "result", isOk: false, text, failure: failureOf(text) }];
        }
        default:
          return [];
      }
    },
    end: () => [],
  };
}

const TOOLS = new Set(["command_execution", "file_change", "mcp_tool_call", "web_search"]);

/** An error is not final: only `turn.failed` is. */
function readError(text: string): readonly StreamEvent[] {
  if (!/^Reconnecting/u.test(text)) return [];
  return [{ type: "retry", reason: reasonOf(text), text, resumesInMs: null }];
}

function reasonOf(text: string): RetryReason {
  if (/\b(401|403)\b/u.test(text)) return "credentials";
  if (/\b429\b|rate limit/iu.test(text)) return "rate_limit";
  if (/high demand|overloaded/iu.test(text)) return "overloaded";
  return /waiting for network|connection|timeout|timed out|sending request/iu.test(text) ? "offline" : "server";
}

function failureOf(text: string): Failure {
  if (/\b(401|403)\b|unauthorized|missing environment variable|api key/iu.test(text)) return "credentials";
  if (/\b429\b|rate limit|usage limit/iu.test(text)) return "rate_limit";
  return /network|connection|timed out|sending request/iu.test(text) ? "network" : "agent_error";
}

function readUsage(usage: JsonObject | null): readonly StreamEvent[] {
  if (usage === null) return [];
  const [input, output, cached] = ["input_tokens", "output_tokens", "cached_input_tokens"].map((key) =>
    countAt(usage, key),
  );
  return [{ type: "usage", tokens: { input: input ?? 0, output: output ?? 0, cached: cached ?? 0 } }];
}
