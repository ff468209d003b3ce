import type { ErrorDocument } from "../events/event.js";
import type { FailureClass, RunState } from "../runs/state.js";

/* What is asked of runs, and what is told of them. */

/** An agent at work instead of a command. */
export interface AgentChoice {
  /** null = `run.agent` of the spec, else the first of `agents`. */
  readonly name: string | null;
  /** Without it the agent runs in its safest unattended mode. */
  readonly isYolo: boolean;
  readonly model: string | null;
  /** Goes on with this conversation; null = a new one. */
  readonly conversation: string | null;
}

export interface RunRequest {
  /** null: a command. */
  readonly agent: AgentChoice | null;
  /** What the agent is to do; "" where a task list says it. */
  readonly prompt: string;
  /** The command; empty for an agent. */
  readonly argv: readonly string[];
  /** As typed (`1`, `1-3`, `1,4`, `all`, instance names); empty = all. */
  readonly workers: readonly string[];
  readonly parallel: number;
  readonly detach: boolean;
  readonly timeoutMs: number | null;
  /** Run although results of an earlier run have not been collected. */
  readonly continue: boolean;
  /** Wait until a busy worker is free instead of being refused. */
  readonly queue: boolean;
  /** Spread over the workers, one after another; null = the same command on each worker. */
  readonly tasks: readonly { readonly id: string; readonly prompt: string; readonly files: readonly string[] }[] | null;
  /** What `runs list` calls it; null = nothing. */
  readonly label: string | null;
  /** Folder of the user's that gets a copy of the output; absent = none. */
  readonly output?: string;
  /** True: `{{slot}}`, and of a task `{{task}}` and `{{prompt}}`, stand in the prompt for each part's own. */
  readonly isTemplate?: boolean;
}

export interface SendRequest {
  /** As typed. */
  readonly worker: string;
  readonly text: string;
  readonly isYolo: boolean;
  readonly detach: boolean;
  readonly timeoutMs: number | null;
}

/** Runs that this host knows of, the newest first. */
export interface RunsDocument {
  readonly format: "limaform.runs";
  readonly version: 1;
  readonly runs: readonly RunSummary[];
  /** Files of runs that cannot be read, and what can be done about it; the other runs are not concerned. */
  readonly damaged: readonly { readonly run: string; readonly path: string; readonly error: ErrorDocument }[];
}

export interface RunSummary {
  readonly run: string;
  readonly label: string | null;
  /** The command, or the first line of the prompt; of a task list how many tasks it has. */
  readonly title: string;
  readonly startedAt: string;
  /** `live` while any of its parts may still be at work; `open` where tasks wait and nobody is at it. */
  readonly state: "live" | "open" | "done" | "failed";
  /** How many parts (workers, or tasks) are in each state. */
  readonly counts: { readonly [state: string]: number };
  /** Of them, whose work is not on this host yet. */
  readonly uncollected: number;
  /** Where it began, by instance name. */
  readonly workers: readonly string[];
}

export interface LogsRequest {
  /** As typed; empty = all. */
  readonly workers: readonly string[];
  /** `RUN`, `RUN/SLOT` or `RUN/TASK`; null = the last run of each worker. */
  readonly run: string | null;
  readonly follow: boolean;
  /** Only the last lines of each; null = all. */
  readonly tail: number | null;
  /** Only what came here within this time; null = all. Units: ms. */
  readonly sinceMs: number | null;
  /** The stream as the command or agent wrote it instead of the transcript. */
  readonly isRaw: boolean;
  /** Bytes as they are, for a terminal of one's own. */
  readonly onBytes?: (bytes: Uint8Array) => Promise<void>;
  /** The next batch comes when this one's promise resolves. `count`: of how many parts lines may come. */
  readonly onBatch?: (part: LogPart, lines: readonly LogLine[], count: number) => Promise<void>;
}

/** Whose output it is. */
export interface LogPart {
  readonly run: string;
  /** Slot, or task. */
  readonly part: string;
  readonly slot: number;
  readonly instance: string;
}

export interface LogLine {
  readonly kind: "text" | "stderr" | "tool" | "toolFailed" | "denied" | "retry" | "waiting" | "result" | "note";
  /** Escaped. */
  readonly text: string;
  /** When it came here (ISO 8601, UTC); null for raw output. */
  readonly at: string | null;
}

/** Output of runs, escaped. Of long output the end: `limaform logs` without `--json` has no such bound. */
export interface LogsDocument {
  readonly format: "limaform.logs";
  readonly version: 1;
  readonly parts: readonly (LogPart & {
    readonly state: string;
    readonly lines: readonly LogLine[];
    /** True where earlier lines were left out. */
    readonly isCut: boolean;
  })[];
}

export interface WaitRequest {
  readonly workers: readonly string[];
  readonly for: "ready" | "run-done";
  /** null = without end. */
  readonly timeoutMs: number | null;
}

/** What was waited for. */
export interface WaitDocument {
  readonly format: "limaform.wait";
  readonly version: 1;
  readonly for: "ready" | "run-done";
  /** `failed`: what was waited for ended otherwise than well; `timed_out`: it did not come. */
  readonly verdict: "done" | "failed" | "timed_out";
  readonly elapsedMs: number;
  readonly workers: readonly {
    readonly slot: number;
    readonly instance: string;
    readonly isReached: boolean;
    /** State of the worker, or of its last run. */
    readonly state: string;
    readonly text: string;
  }[];
}

/** What a run came to: done only where every part is done and passed. */
export interface RunDocument {
  readonly format: "limaform.run";
  readonly version: 1;
  readonly run: string;
  readonly verdict: "done" | "failed" | "detached" | "interrupted";
  /** One part a worker, or a task. */
  readonly workers: readonly RunWorker[];
}

export interface RunWorker {
  /** 0: a task that no worker has yet. */
  readonly slot: number;
  /** Of a task list: the task. */
  readonly task?: string;
  readonly instance: string;
  /** null: a command. */
  readonly agent: string | null;
  /** `queued`: nobody has begun it. `lost`: its worker is gone, and nobody knows how far it came. */
  readonly state: RunState | "lost";
  /** Why it failed. */
  readonly failure: FailureClass | null;
  /** The evidence in one sentence. */
  readonly text: string;
  /** Since when it is in this state, by the worker's clock; null where nothing tells. */
  readonly since: string | null;
  /** When a limit of the model's provider ends, where that is known. */
  readonly until: string | null;
  /** `hooks.check` passed and no tool was denied; null while it is not over. */
  readonly passed: boolean | null;
  readonly checkExitCode: number | null;
  readonly warnings: readonly string[];
  readonly exitCode: number | null;
  readonly elapsedMs: number;
  readonly conversation: string | null;
  readonly model: string | null;
  readonly tokens: { readonly input: number; readonly output: number; readonly cached: number } | null;
  /** US dollars, the agent's own figure; null: it tells none (Codex and Gemini never do). */
  readonly costUsd: number | null;
  readonly toolCalls: number;
  readonly resultText: string | null;
  /** Folder on the host with stdout.log and stderr.log, after the end also pre_run.log and check.log. */
  readonly output: string;
  readonly result: string | null;
  readonly commits: number;
  /** Changed files and lines of the result. */
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
  readonly error: ErrorDocument | null;
}
