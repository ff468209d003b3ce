/*
 * What the stub answers with, whatever the protocol. The first part of the path names the mode, so that a base URL
 * chooses it: `http://host:port/loop`. What it says depends on the request alone, never on a counter, so that it can be
 * asked again; `once429` and `later429` are the exceptions that need one.
 */

export type Reply =
  | { readonly kind: "tool"; readonly command: string }
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** What the account may use is used up: not too many requests at once, which a pause would mend. */
      readonly isQuota?: true;
    }
  /** No answer at all. */
  | { readonly kind: "hang" }
  /** The head of a streamed answer, then silence. */
  | { readonly kind: "half" };

export const FINAL_TEXT = "All done.";

const sleepFor = (seconds: number): string =>
  `tail -f /dev/null --pid=$(sh -c 'sleep ${seconds} >/dev/null 2>&1 & echo $!')`;

const PRINT = 'printf \'%s\\n\' "$ANTHROPIC_API_KEY"; printf %s "$ANTHROPIC_API_KEY" | base64';

/** `commit`: what a whole run does; `slow`, `pause`, `silent`: a tool that says nothing and needs no CPU, for a while or for ever. */
const COMMANDS: Readonly<Record<string, string>> = {
  ok: "echo from-the-tool",
  fail: "exit 3",
  slow: sleepFor(45),
  pause: sleepFor(25),
  silent: "tail -f /dev/null",
  print: PRINT,
  // Prints, and then is silent.
  print_silent: PRINT,
  commit:
    "echo agent > agent.txt && git add agent.txt && git -c user.name=Agent -c user.email=agent@example.invalid commit -q -m 'By the agent' && git rev-parse HEAD",
  loop: "echo again",
};

/** Refused twice, then fine. Units: s. */
const AGAIN: Readonly<Record<string, string>> = { once429: "1", later429: "25" };

const STATUS: Readonly<Record<string, number>> = { "401": 401, "403": 403, "429": 429, "500": 500, "529": 529 };

/** `tries`: how often this mode was asked before. */
export function replyOf(mode: string, hasToolResult: boolean, tries: number): Reply {
  const status = STATUS[mode];
  if (status !== undefined) return { kind: "status", status };
  const again = AGAIN[mode];
  if (again !== undefined && tries < 2) return { kind: "status", status: 429, headers: { "retry-after": again } };
  if (mode === "quota") return { kind: "status", status: 429, headers: QUOTA, isQuota: true };
  if (mode === "hang") return { kind: "hang" };
  if (mode === "half") return { kind: "half" };
  if (mode === "text") return { kind: "text", text: FINAL_TEXT };
  const command = COMMANDS[again === undefined ? mode : "ok"];
  if (command === undefined) return { kind: "status", status: 404 };
  if (hasToolResult && mode === "print_silent") return { kind: "tool", command: COMMANDS.silent ?? "" };
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
