import type { JsonObject } from "../util/json.js";
import { countAt, objectAt, parseObject, textAt } from "./json-line.js";
import type { Failure, StreamEvent, StreamReader, Tokens } from "./stream-event.js";
import { titleOf } from "./tool-title.js";

/**
 * Reads `opencode run --format json`. There is no last event: whether it finished follows from the reason of its last
 * step, so the result comes with the end of the output.
 */
export function createOpencodeReader(): StreamReader {
  let conversation = "";
  let answer = "";
  let last: "tool-calls" | "stop" | "other" | null = null;
  let failed: { readonly text: string; readonly failure: Failure } | null = null;
  let tokens: Tokens = { input: 0, output: 0, cached: 0 };
  let usd = 0;

  const begin = (event: JsonObject): readonly StreamEvent[] => {
    if (conversation !== "") return [];
    conversation = textAt(event, "sessionID");
    return conversation === "" ? [] : [{ type: "init", conversation, model: null }];
  };

  const finishStep = (part: JsonObject | null): readonly StreamEvent[] => {
    const reason = textAt(part, "reason");
    last = reason === "stop" || reason === "tool-calls" ? reason : "other";
    const used = objectAt(part, "tokens");
    const cached = countAt(objectAt(used, "cache"), "read");
    tokens = {
      input: tokens.input + countAt(used, "input") + cached + countAt(objectAt(used, "cache"), "write"),
      output: tokens.output + countAt(used, "output") + countAt(used, "reasoning"),
      cached: tokens.cached + cached,
    };
    usd += countAt(part, "cost");
    return [
      { type: "usage", tokens },
      { type: "cost", usd },
    ];
  };

  const read = (event: JsonObject): readonly StreamEvent[] => {
    const part = objectAt(event, "part");
    switch (event.type) {
      case "step_start":
        answer = "";
        return [];
      case "text":
        answer += textAt(part, "text");
        return [{ type: "text", text: textAt(part, "text") }];
      case "tool_use":
        return readTool(part);
      case "step_finish":
        return finishStep(part);
      case "error":
        failed = readError(objectAt(event, "error"));
        return [];
      default:
        return [];
    }
  };

  return {
    readLine(line, stream) {
      const event = stream === "stdout" ? parseObject(line) : null;
      return event === null ? [] : [...begin(event), ...read(event)];
    },
    end() {
      if (failed !== null) return [{ type: "result", isOk: false, ...failed }];
      if (last === "stop") return [{ type: "result", isOk: true, text: answer, failure: null }];
      return [];
    },
  };
}

/** It tells of a tool only when that has ended. */
function readTool(part: JsonObject | null): readonly StreamEvent[] {
  const state = objectAt(part, "state");
  const input = objectAt(state, "input");
  const id = textAt(part, "callID");
  // A rule that says "deny" takes the tool away: a call of it is then shown as this one, completed, with its name inside.
  const isMissing = textAt(part, "tool") === "invalid" && /unavailable tool/iu.test(textAt(input, "error"));
  const name = isMissing ? textAt(input, "tool") : textAt(part, "tool");
  const isError = isMissing || textAt(state, "status") === "error";
  const isDenied =
    isMissing || /rejected permission|rule which prevents|denied/iu.test(isError ? textAt(state, "error") : "");
  return [
    { type: "tool_started", id, name, title: titleOf(input) },
    { type: "tool_ended", id, isError },
    ...(isDenied ? [{ type: "denied", tool: name } as const] : []),
  ];
}

function readError(error: JsonObject | null): { readonly text: string; readonly failure: Failure } {
  const facts = objectAt(error, "data");
  const text = textAt(facts, "message") || textAt(error, "name");
  const status = countAt(facts, "statusCode");
  if (status === 401 || status === 403) return { text, failure: "credentials" };
  if (status === 429) return { text, failure: "rate_limit" };
  return { text, failure: status === 0 && /connect|fetch|network/iu.test(text) ? "network" : "agent_error" };
}
