import { randomUUID } from "node:crypto";
import type { Reply } from "./modes.js";

/* The four protocols: how a request shows that a tool has run, and how an answer is written. */

type Body = { readonly [key: string]: unknown };
type Item = { readonly [key: string]: unknown };

export interface Protocol {
  readonly name: string;
  isFor(method: string, path: string): boolean;
  hasToolResult(body: Body): boolean;
  /** Lines of the whole answer; streamed ones are server-sent events. */
  render(
    reply: Extract<Reply, { kind: "tool" | "text" }>,
    body: Body,
  ): { readonly type: string; readonly text: string };
  error(status: number): unknown;
  /** How it says that what the account may use is used up; absent = as any 429. */
  readonly quota?: unknown;
}

const items = (value: unknown): readonly Item[] => (Array.isArray(value) ? (value as Item[]) : []);
const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const SSE = "text/event-stream";
const id = (): string => randomUUID().replaceAll("-", "");

const anthropic: Protocol = {
  name: "anthropic",
  isFor: (_method, path) => path.startsWith("/v1/messages"),
  hasToolResult(body) {
    const last = items(body.messages).findLast(({ role }) => role !== "system");
    return items(last?.content).some(({ type }) => type === "tool_result");
  },
  render(reply, body) {
    const usage = { input_tokens: 120, cache_read_input_tokens: 30, output_tokens: 7 };
    const tools = items(body.tools).map(({ name }) => name);
    const block =
      reply.kind === "text"
        ? { type: "text", text: reply.text }
        : {
            ...{ type: "tool_use", id: `toolu_${id()}`, name: tools.includes("Bash") ? "Bash" : "bash" },
            input: { command: reply.command, description: "Run it" },
          };
    const stop = reply.kind === "text" ? "end_turn" : "tool_use";
    const message = { id: `msg_${id()}`, type: "message", role: "assistant", model: "stub-1", stop_sequence: null };
    if (body.stream !== true) {
      return {
        type: "application/json",
        text: JSON.stringify({ ...message, content: [block], stop_reason: stop, usage }),
      };
    }
    const start = reply.kind === "text" ? { type: "text", text: "" } : { ...block, input: {} };
    const delta =
      reply.kind === "text"
        ? { type: "text_delta", text: reply.text }
        : { type: "input_json_delta", partial_json: JSON.stringify("input" in block ? block.input : {}) };
    const events = [
      {
        type: "message_start",
        message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
      },
      { type: "content_block_start", index: 0, content_block: start },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 7 } },
      { type: "message_stop" },
    ];
    return { type: SSE, text: events.map((one) => event(one.type, one)).join("") };
  },
  error: (status) => ({
    type: "error",
    error: { type: ANTHROPIC_ERRORS[status] ?? "api_error", message: `stub ${status}` },
  }),
};

const ANTHROPIC_ERRORS: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

const responses: Protocol = {
  name: "responses",
  isFor: (_method, path) => path.startsWith("/v1/responses"),
  hasToolResult(body) {
    const last = items(body.input).findLast(({ role }) => role !== "developer");
    return last?.type === "function_call_output" || last?.type === "custom_tool_call_output";
  },
  render(reply) {
    const item =
      reply.kind === "text"
        ? {
            type: "message",
            role: "assistant",
            id: `msg_${id()}`,
            content: [{ type: "output_text", text: reply.text }],
          }
        : {
            ...{ type: "function_call", id: `fc_${id()}`, call_id: `call_${id()}`, name: "exec_command" },
            arguments: JSON.stringify({ cmd: reply.command }),
          };
    const response = `resp_${id()}`;
    const usage = {
      ...{ input_tokens: 100, output_tokens: 5, total_tokens: 105 },
      ...{ input_tokens_details: { cached_tokens: 40 }, output_tokens_details: { reasoning_tokens: 0 } },
    };
    const events = [
      { type: "response.created", response: { id: response } },
      { type: "response.output_item.added", output_index: 0, item },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { id: response, usage } },
    ];
    return { type: SSE, text: events.map((one) => event(one.type, one)).join("") };
  },
  error: (status) => ({
    error: { message: `stub ${status}`, type: "stub", code: status === 429 ? "rate_limit_exceeded" : "stub" },
  }),
  quota: { error: { type: "usage_limit_reached", message: "used up", plan_type: "plus", resets_at: 1_893_456_000 } },
};

const gemini: Protocol = {
  name: "gemini",
  isFor: (_method, path) => path.startsWith("/v1beta/models/"),
  hasToolResult: (body) => items(items(body.contents).at(-1)?.parts).some((part) => "functionResponse" in part),
  render(reply) {
    const part =
      reply.kind === "text"
        ? { text: reply.text }
        : { functionCall: { name: "run_shell_command", args: { command: reply.command } } };
    const usageMetadata = { promptTokenCount: 100, candidatesTokenCount: 5, totalTokenCount: 105 };
    const candidates = [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }];
    return { type: SSE, text: data({ candidates, usageMetadata, modelVersion: "stub-1" }) };
  },
  error: (status) => ({
    error: { code: status, message: `stub ${status}`, status: GEMINI_ERRORS[status] ?? "INTERNAL" },
  }),
  quota: {
    error: {
      ...{ code: 429, message: "You exceeded your current quota", status: "RESOURCE_EXHAUSTED" },
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier", quotaValue: "50" }],
        },
      ],
    },
  },
};

const GEMINI_ERRORS: Readonly<Record<number, string>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  429: "RESOURCE_EXHAUSTED",
};

const chat: Protocol = {
  name: "chat",
  isFor: (_method, path) => path.startsWith("/v1/chat/completions"),
  hasToolResult: (body) => items(body.messages).at(-1)?.role === "tool",
  render(reply, body) {
    const isTitle = items(body.tools).length === 0;
    const call = reply.kind === "tool" && !isTitle ? reply.command : null;
    const delta =
      call === null
        ? { role: "assistant", content: reply.kind === "text" ? reply.text : "A title" }
        : {
            role: "assistant",
            tool_calls: [
              {
                ...{ index: 0, id: `call_${id()}`, type: "function" },
                function: { name: "bash", arguments: JSON.stringify({ command: call, description: "Run it" }) },
              },
            ],
          };
    const base = { id: `chatcmpl-${id()}`, object: "chat.completion.chunk", created: 1, model: "m1" };
    const usage = { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 };
    const chunks = [
      { ...base, choices: [{ index: 0, delta, finish_reason: null }] },
      { ...base, choices: [{ index: 0, delta: {}, finish_reason: call === null ? "stop" : "tool_calls" }] },
      { ...base, choices: [], usage },
    ];
    return { type: SSE, text: `${chunks.map(data).join("")}data: [DONE]\n\n` };
  },
  error: (status) => ({ error: { message: `stub ${status}`, type: "stub", code: "stub" } }),
  quota: {
    error: {
      ...{ message: "You exceeded your current quota, please check your plan and billing details." },
      ...{ type: "insufficient_quota", code: "insufficient_quota" },
    },
  },
};

export const PROTOCOLS: readonly Protocol[] = [anthropic, responses, gemini, chat];
