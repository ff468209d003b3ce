/**
 * What every agent's output is read into. The words are ours; unknown events of an agent give none of them.
 *
 * Shape: text is the agent's, so untrusted; a view escapes it.
 */
export type StreamEvent =
  | { readonly type: "init"; readonly conversation: string; readonly model: string | null }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_started"; readonly id: string; readonly name: string; readonly title: string }
  | { readonly type: "tool_ended"; readonly id: string; readonly isError: boolean }
  /** The agent tries its model again. `reason` decides between limited and plainly working. */
  | { readonly type: "retry"; readonly reason: RetryReason; readonly text: string; readonly resumesInMs: number | null }
  /** A limit with a known end. Shape: ISO 8601, UTC. */
  | { readonly type: "limit"; readonly text: string; readonly until: string | null }
  | { readonly type: "denied"; readonly tool: string }
  | { readonly type: "waiting"; readonly text: string }
  | { readonly type: "usage"; readonly tokens: Tokens }
  /** Units: US dollars, of the whole run so far. */
  | { readonly type: "cost"; readonly usd: number }
  | { readonly type: "result"; readonly isOk: boolean; readonly text: string; readonly failure: Failure | null };

export type RetryReason = "rate_limit" | "overloaded" | "server" | "credentials" | "offline";

/** Why an agent's own last word was not success. */
export type Failure = "credentials" | "rate_limit" | "network" | "agent_error" | "interrupted";

/** Of the run so far. Units: tokens. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
  /** Of `input`, from the provider's cache. */
  readonly cached: number;
}

/**
 * Reads an agent's output line by line, in the order in which it came.
 *
 * Shape: total: what does not parse gives no event. A reader keeps what it needs to add up usage and text.
 */
export interface StreamReader {
  readLine(line: string, stream: "stdout" | "stderr"): readonly StreamEvent[];
  /** At the end of the output: what follows only from there being no more of it. */
  end(): readonly StreamEvent[];
}
