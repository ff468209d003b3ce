import type { JsonObject } from "../util/json.js";
import { countAt, objectAt, objectsAt, parseObject, textAt } from "./json-line.js";
import type { Failure, RetryReason, StreamEvent, StreamReader, Tokens } from "./stream-event.js";
import { titleOf } from "./tool-title.js";

/** Reads `--output-format stream-json`. Keys come in any order, so each line is parsed, never matched. */
export function createClaudeReader(): StreamReader {
  const perMessage = new Map<string, Tokens>();
  const denied = new Set<string>();
  let failure: Failure | null = null;

  const deny = (id: string, tool: string): readonly StreamEvent[] => {
    if (denied.has(id)) return [];
    denied.add(id);
    return [{ type: "denied", tool }];
  };

  const readAssistant = (event: JsonObject): readonly StreamEvent[] => {
    const message = objectAt(event, "message");
    failure = FAILURES[textAt(event, "error")] ?? failure;
    const usage = objectAt(message, "usage");
    if (usage !== null) perMessage.set(textAt(message, "id"), tokensOf(usage));
    const parts = objectsAt(message, "content").flatMap((part): readonly StreamEvent[] => {
      if (part.type === "text") return [{ type: "text", text: textAt(part, "text") }];
      if (part.type !== "tool_use") return [];
      const name = textAt(part, "name");
      return [{ type: "tool_started", id: textAt(part, "id"), name, title: titleOf(objectAt(part, "input")) }];
    });
    return usage === null ? parts : [...parts, { type: "usage", tokens: sumOf(perMessage.values()) }];
  };

  const readResult = (event: JsonObject): readonly StreamEvent[] => {
    const refused = objectsAt(event, "permission_denials").flatMap((denial) =>
      deny(textAt(denial, "tool_use_id"), textAt(denial, "tool_name")),
    );
    const usage = objectAt(event, "usage");
    const cost = event.total_cost_usd;
    // A failed call to the model ends as subtype "success" too.
    const isOk = event.is_error === false && event.subtype === "success";
    const errors = Array.isArray(event.errors) ? event.errors.filter((text) => typeof text === "string") : [];
    const text = textAt(event, "result") || errors.join("\n") || textAt(event, "subtype");
    return [
      ...refused,
      ...(usage === null ? [] : [{ type: "usage", tokens: tokensOf(usage) } as const]),
      ...(typeof cost === "number" && cost >= 0 ? [{ type: "cost", usd: cost } as const] : []),
      { type: "result", isOk, text, failure: isOk ? null : (resultFailure(event) ?? failure ?? "agent_error") },
    ];
  };

  return {
    readLine(line, stream) {
      const event = stream === "stdout" ? parseObject(line) : null;
      switch (event?.type) {
        case "system":
          return event.subtype === "permission_denied"
            ? deny(textAt(event, "tool_use_id"), textAt(event, "tool_name"))
            : readSystem(event);
        case "assistant":
          return readAssistant(event);
        case "user":
          return objectsAt(objectAt(event, "message"), "content")
            .filter(({ type }) => type === "tool_result")
            .map((part) => ({ type: "tool_ended", id: textAt(part, "tool_use_id"), isError: part.is_error === true }));
        case "rate_limit_event":
          return readLimit(objectAt(event, "rate_limit_info"));
        case "control_request":
          return [
            { type: "waiting", text: textAt(objectAt(event, "request"), "tool_name") || "it asks for permission" },
          ];
        case "result":
          return readResult(event);
        default:
          return [];
      }
    },
    end: () => [],
  };
}

const FAILURES: Readonly<Record<string, Failure>> = {
  authentication_failed: "credentials",
  billing_error: "credentials",
  rate_limit: "rate_limit",
  overloaded: "rate_limit",
};

function readSystem(event: JsonObject): readonly StreamEvent[] {
  if (event.subtype === "init") {
    return [{ type: "init", conversation: textAt(event, "session_id"), model: textAt(event, "model") || null }];
  }
  if (event.subtype !== "api_retry") return [];
  const status = event.error_status;
  const error = textAt(event, "error");
  const attempt = `try ${countAt(event, "attempt")} of ${countAt(event, "max_retries")}`;
  const what = typeof status === "number" ? `${error} (${status})` : "no answer from the model";
  return [
    {
      type: "retry",
      reason: retryReason(error, status),
      text: `${what}, ${attempt}`,
      resumesInMs: countAt(event, "retry_delay_ms"),
    },
  ];
}

function retryReason(error: string, status: unknown): RetryReason {
  if (error === "authentication_failed" || status === 401 || status === 403) return "credentials";
  if (error === "rate_limit" || status === 429) return "rate_limit";
  if (error === "overloaded" || status === 529) return "overloaded";
  return typeof status === "number" ? "server" : "offline";
}

function readLimit(limit: JsonObject | null): readonly StreamEvent[] {
  if (textAt(limit, "status") !== "rejected") return [];
  const seconds = countAt(limit, "resetsAt");
  const until = seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000).toISOString() : null;
  return [{ type: "limit", text: `usage limit reached (${textAt(limit, "rateLimitType") || "unnamed"})`, until }];
}

function resultFailure(event: JsonObject): Failure | null {
  if (textAt(event, "terminal_reason").startsWith("aborted")) return "interrupted";
  const status = event.api_error_status;
  if (status === 401 || status === 403) return "credentials";
  if (status === 429 || status === 529) return "rate_limit";
  const kind = textAt(event, "api_error");
  if (kind === "tls_untrusted_ca") return "network";
  if (kind === "usage_limit_reached") return "rate_limit";
  return /^Not logged in|^Invalid API key/u.test(textAt(event, "result")) ? "credentials" : null;
}

/** What went in includes what came from, and went to, the provider's cache. */
function tokensOf(usage: JsonObject): Tokens {
  const cached = countAt(usage, "cache_read_input_tokens");
  const input = countAt(usage, "input_tokens") + countAt(usage, "cache_creation_input_tokens") + cached;
  return { input, output: countAt(usage, "output_tokens"), cached };
}

function sumOf(all: Iterable<Tokens>): Tokens {
  let [input, output, cached] = [0, 0, 0];
  for (const tokens of all) {
    input += tokens.input;
    output += tokens.output;
    cached += tokens.cached;
  }
  return { input, output, cached };
}
