import type { RunEnd, RunEvidence } from "./evidence.js";

/** States of one worker's run. Only evidence moves it: no answer is `unreachable`, never an end. */
export const RUN_STATES = ["working", "done", "failed", "timed_out", "unreachable", "cancelled"] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface RunJudgement {
  readonly state: RunState;
  /** null where the command did not end by itself. */
  readonly exitCode: number | null;
  /** One sentence, why this state. */
  readonly text: string;
}

/** True where nothing more will happen. `unreachable` may still be at work in there. */
export function isEnded(state: RunState): boolean {
  return state !== "working" && state !== "unreachable";
}

/**
 * The state that the evidence proves.
 *
 * Shape: total. The record of the end (written by systemd after the last process of the unit) wins over what the unit
 * shows now; without it a run that is not active any more did not end by itself.
 */
export function judge(evidence: RunEvidence | null): RunJudgement {
  if (evidence === null) return { state: "unreachable", exitCode: null, text: "the worker does not answer" };
  if (!evidence.exists) return { state: "failed", exitCode: null, text: "the worker knows nothing of this run" };
  if (evidence.end !== null) return judgeEnd(evidence.end, evidence.isCancelled);
  if (evidence.unit === "active" || evidence.unit === "activating" || evidence.unit === "deactivating") {
    return { state: "working", exitCode: null, text: "running" };
  }
  if (evidence.isCancelled) return { state: "cancelled", exitCode: null, text: "cancelled" };
  if (evidence.start === null) {
    return { state: "failed", exitCode: null, text: "it never started: systemd could not run the unit" };
  }
  const restarted = evidence.start.bootId !== evidence.bootId;
  const text = restarted
    ? "the worker was stopped or restarted while it ran"
    : "it ended without a record (killed from outside, or the disk is full)";
  return { state: "failed", exitCode: null, text };
}

function judgeEnd(end: RunEnd, isCancelled: boolean): RunJudgement {
  const exitCode = end.how === "exited" && /^\d{1,3}$/u.test(end.status) ? Number(end.status) : null;
  if (end.result === "timeout") return { state: "timed_out", exitCode: null, text: "its time limit was reached" };
  if (isCancelled && exitCode !== 0) return { state: "cancelled", exitCode, text: "cancelled" };
  if (exitCode === 0 && end.result === "success") return { state: "done", exitCode, text: "exit code 0" };
  if (exitCode !== null) return { state: "failed", exitCode, text: `exit code ${exitCode}` };
  if (end.result === "oom-kill") return { state: "failed", exitCode, text: "killed: the worker ran out of memory" };
  return { state: "failed", exitCode, text: `ended by signal ${end.status === "" ? "?" : end.status}` };
}
