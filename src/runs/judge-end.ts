import type { RunEnd, RunEvidence } from "./evidence.js";
import { deniedWarnings } from "./judge-live.js";
import type { FailureClass, JudgeRules, RunJudgement } from "./state.js";
import type { StreamResult } from "./stream-summary.js";

export const WENT_DOWN = "the worker was stopped or restarted while it ran";

type Ending = Pick<RunJudgement, "state" | "failure" | "text">;

/** A run whose unit is over, by systemd's own record of that. */
export function judgeEnd(evidence: RunEvidence, end: RunEnd, rules: JudgeRules): RunJudgement {
  const exitCode = evidence.exit?.exitCode ?? (evidence.agentAt === null ? null : exitCodeOf(end));
  const ending = judgeEnding(evidence, end, { ...rules, exitCode });
  const warnings = deniedWarnings(rules);
  const checkExitCode = evidence.check?.exitCode ?? null;
  const isPassed = ending.state !== "done" ? false : warnings.length > 0 ? false : passedCheck(evidence);
  return {
    ...ending,
    text:
      ending.state === "done" && isPassed === false
        ? `${ending.text}, not passed: ${why(evidence, warnings)}`
        : ending.text,
    exitCode,
    since: end.at,
    until: ending.failure === "rate_limit" ? (rules.summary?.waitsForModel?.until ?? null) : null,
    isPassed,
    checkExitCode,
    warnings,
  };
}

function passedCheck({ hasCheck, check }: RunEvidence): boolean {
  return !hasCheck || check?.exitCode === 0;
}

function why({ hasCheck, check }: RunEvidence, warnings: readonly string[]): string {
  const reasons =
    hasCheck && check?.exitCode !== 0 ? [`hooks.check ended with ${check?.exitCode ?? "no exit code"}`] : [];
  return [...reasons, ...warnings].join("; ");
}

function judgeEnding(
  evidence: RunEvidence,
  end: RunEnd,
  { summary, exitCode }: JudgeRules & { readonly exitCode: number | null },
): Ending {
  // A whole success stands, even where the unit was ended for the check's sake afterwards.
  if (end.result === "timeout") return failed("timeout", "its time limit was reached");
  if (evidence.isCancelled && !(exitCode === 0 && end.result === "success")) {
    return { state: "cancelled", failure: null, text: "cancelled" };
  }
  if (end.result === "shutdown" && evidence.exit === null) return failed("guest_lost", WENT_DOWN);
  if (end.result === "oom-kill" || evidence.isOutOfMemory) {
    return failed("out_of_memory", "killed: the worker ran out of memory");
  }
  if (evidence.agentAt === null) return notBegun(evidence, end);
  if (summary === null) return judgeCommand(end, exitCode);
  return judgeAgent(end, exitCode, summary.result);
}

function notBegun({ prepared }: RunEvidence, end: RunEnd): Ending {
  if (prepared !== null && prepared.exitCode !== 0) {
    return failed("hook", `hooks.pre_run ended with exit code ${prepared.exitCode}`);
  }
  return failed("not_started", `it ended before the command began (${describe(end)})`);
}

function judgeCommand(end: RunEnd, exitCode: number | null): Ending {
  if (exitCode === 0) return { state: "done", failure: null, text: "exit code 0" };
  return failed("agent_error", exitCode === null ? describe(end) : `exit code ${exitCode}`);
}

/** Success needs both: the agent's own last word, and exit code 0. Some end with 0 when they were interrupted. */
function judgeAgent(end: RunEnd, exitCode: number | null, result: StreamResult | null): Ending {
  const ended = exitCode === null ? describe(end) : `exit code ${exitCode}`;
  if (result === null) {
    const text = exitCode === 127 ? "its program is not there" : "it ended without its last word";
    return failed("agent_error", `${text} (${ended})`);
  }
  if (!result.isOk) return failed(classOf(result), `${firstLine(result.text) || "it reported a failure"} (${ended})`);
  if (exitCode === 0) return { state: "done", failure: null, text: "the agent reports success, exit code 0" };
  return failed("agent_error", `it reported success and ended with ${ended}`);
}

function classOf({ failure }: StreamResult): FailureClass {
  return failure === null || failure === "interrupted" ? "agent_error" : failure;
}

const failed = (failure: FailureClass, text: string): Ending => ({ state: "failed", failure, text });
const firstLine = (text: string): string => text.trim().split(/\r?\n/u, 1)[0]?.slice(0, 300) ?? "";
const describe = ({ how, status }: RunEnd): string =>
  how === "exited" ? `exit code ${status}` : `ended by signal ${status === "" ? "?" : status}`;

function exitCodeOf({ how, status }: RunEnd): number | null {
  return how === "exited" && /^\d{1,3}$/u.test(status) ? Number(status) : null;
}
