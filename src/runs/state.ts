import type { RunEvidence } from "./evidence.js";
import { judgeEnd, WENT_DOWN } from "./judge-end.js";
import { judgeLive } from "./judge-live.js";
import type { StreamSummary } from "./stream-summary.js";

/**
 * States of one worker's run. Only evidence moves it: no answer is `unreachable`, never an end.
 *
 * `queued`: not begun. `preparing`: code, `hooks.pre_run`. `waiting`: for a person. `limited`: the model's provider makes
 * it wait, or is not reached. `stuck`: no progress for `run.stuck_after`; it may still go on.
 */
export const RUN_STATES = [
  "queued",
  "preparing",
  "working",
  "waiting",
  "limited",
  "stuck",
  "done",
  "failed",
  "cancelled",
  "unreachable",
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Why a run failed. */
export const FAILURES = [
  "agent_error",
  "credentials",
  "rate_limit",
  "network",
  "timeout",
  "out_of_memory",
  "guest_lost",
  "hook",
  "not_started",
] as const;
export type FailureClass = (typeof FAILURES)[number];

export interface RunJudgement {
  readonly state: RunState;
  /** Set where the state is `failed`. */
  readonly failure: FailureClass | null;
  /** Of the agent or command; null where it did not end by itself. */
  readonly exitCode: number | null;
  /** One sentence, why this state: the evidence in words. */
  readonly text: string;
  /** Since when, by the worker's clock. ISO 8601 UTC; null where nothing tells. */
  readonly since: string | null;
  /** When a limit ends, where that is known. */
  readonly until: string | null;
  /** `hooks.check` passed, no tool was denied. null: it has not ended, or there is nothing to judge by. */
  readonly isPassed: boolean | null;
  /** Exit code of `hooks.check`. */
  readonly checkExitCode: number | null;
  readonly warnings: readonly string[];
}

export interface JudgeRules {
  /** Of an agent's run; null: a command, whose exit code alone counts. */
  readonly summary: StreamSummary | null;
  /** Units: ms. */
  readonly stuckAfterMs: number;
}

/** True where nothing more will happen. `unreachable` may still be at work in there. */
export function isEnded(state: RunState): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/**
 * The state that the evidence proves.
 *
 * Shape: total. The record of the end (written by systemd after the last process of the unit) wins over what the unit
 * shows now; without it a run that is not active any more did not end by itself.
 */
export function judge(evidence: RunEvidence | null, rules: JudgeRules): RunJudgement {
  if (evidence === null) return of("unreachable", "the worker does not answer");
  if (!evidence.exists) return failedAs("not_started", "the worker knows nothing of this run");
  if (evidence.end !== null) return judgeEnd(evidence, evidence.end, rules);
  if (evidence.unit === "active" || evidence.unit === "activating" || evidence.unit === "deactivating") {
    return judgeLive(evidence, rules);
  }
  if (evidence.isCancelled) return of("cancelled", "cancelled");
  const bootId = evidence.start?.bootId ?? evidence.takenBootId;
  const isRestarted = bootId !== null && bootId !== evidence.bootId;
  if (evidence.start === null && !isRestarted) {
    return failedAs("not_started", "it never started: systemd could not run the unit");
  }
  const text = isRestarted ? WENT_DOWN : "it ended without a record (killed from outside, or the disk is full)";
  return {
    ...failedAs(isRestarted ? "guest_lost" : "agent_error", text),
    since: evidence.outputAt ?? evidence.start?.at ?? null,
  };
}

const of = (state: RunState, text: string): RunJudgement => ({ ...NOTHING, state, text });
const failedAs = (failure: FailureClass, text: string): RunJudgement => ({ ...of("failed", text), failure });

export const NOTHING: Omit<RunJudgement, "state" | "text"> = {
  failure: null,
  exitCode: null,
  since: null,
  until: null,
  isPassed: null,
  checkExitCode: null,
  warnings: [],
};
