/*
 * What the stub answers with, whatever the protocol. The first part of the path names the mode, so that a base URL
 * chooses it: `http://host:port/loop`. What it says depends on the request alone, never on a counter, so that it can be
 * asked again; `once429` is the exception that needs one.
 */

export type Reply =
  | { readonly kind: "tool"; readonly command: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** No answer at all. */
  | { readonly kind: "hang" }
  /** The head of a streamed answer, then silence. */
  | { readonly kind: "half" };

export const FINAL_TEXT = "All done.";

/** `commit`: what a whole run does; `slow`: a tool that is silent and needs no CPU. */
const COMMANDS: Readonly<Record<string, string>> = {
  ok: "echo from-the-tool",
  fail: "exit 3",
  slow: "tail -f /dev/null --pid=$(sh -c 'sleep 45 >/dev/null 2>&1 & echo $!')",
  silent: "tail -f /dev/null",
  print: 'printf \'%s\\n\' "$ANTHROPIC_API_KEY"; printf %s "$ANTHROPIC_API_KEY" | base64',
  commit:
    "echo agent > agent.txt && git add agent.txt && git -c user.name=Agent -c user.email=agent@example.invalid commit -q -m 'By the agent' && git rev-parse HEAD",
  loop: "echo again",
};

const STATUS: Readonly<Record<string, number>> = { "401": 401, "403": 403, "429": 429, "500": 500, "529": 529 };

/** `tries`: how often this mode was asked before. */
export function replyOf(mode: string, hasToolResult: boolean, tries: number): Reply {
  const status = STATUS[mode];
  if (status !== undefined) return { kind: "status", status };
  if (mode === "once429" && tries < 2) return { kind: "status", status: 429, headers: { "retry-after": "1" } };
  if (mode === "quota") return { kind: "status", status: 429, headers: QUOTA };
  if (mode === "hang") return { kind: "hang" };
  if (mode === "half") return { kind: "half" };
  if (mode === "text") return { kind: "text", text: FINAL_TEXT };
  const command = COMMANDS[mode === "once429" ? "ok" : mode];
  if (command === undefined) return { kind: "status", status: 404 };
  if (hasToolResult && mode !== "loop") return { kind: "text", text: FINAL_TEXT };
  return { kind: "tool", command };
}

/** As the real one refuses when a subscription's limit is reached. */
const QUOTA = {
  "anthropic-ratelimit-unified-status": "rejected",
  "anthropic-ratelimit-unified-reset": "1893456000",
  "anthropic-ratelimit-unified-representative-claim": "five_hour",
  "x-should-retry": "false",
};
