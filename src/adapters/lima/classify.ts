import { LimaError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import { isSuccess, type RunOutcome } from "../process/run.js";
import { FAILURE_CLASSES } from "./failure-classes.js";
import { readLog } from "./log-lines.js";

/** How many lines of stderr an error carries. */
const LAST_LINES = 12;

export interface LimaCallFacts {
  /** For the message: "cannot clone my-golden to my-worker-1". */
  readonly action: string;
  readonly instance: string;
  /** What to type to see more, where it is not the listing. */
  readonly look?: string;
  /** The same where the call did not end, if the listing would not either. */
  readonly lookAtHang?: string;
  /** Last lines of the host agent's log, where a start failed. */
  readonly hostAgentLog?: string;
}

/**
 * The one place that reads what limactl says.
 *
 * Errors: the codes of `failure-classes.ts`, LIMA_NOT_FOUND where limactl itself is missing, LIMA_TIMED_OUT at our own
 * time limit, LIMA_OUTPUT_CUT for output beyond the limit, LIMA_FAILED for what nobody has seen before. `details` has the
 * exact argument vector, exit code or signal and the last lines of stderr. null = success.
 */
export function classifyLima(outcome: RunOutcome, facts: LimaCallFacts): LimaError | null {
  if (outcome.startError !== null) return cannotStart(outcome);
  if (outcome.isTimedOut) {
    const seconds = Math.round(outcome.timeoutMs / 1000);
    return new LimaError("LIMA_TIMED_OUT", `cannot ${facts.action}: limactl did not end within ${seconds} s`, {
      hint: facts.lookAtHang ?? "If a VM hangs, its host agent slows down every call: limactl list",
      details: detailsOf(outcome),
    });
  }
  if (isSuccess(outcome)) return outcome.isCut ? cutOff(outcome, facts) : null;
  const log = readLog(outcome.stderr);
  const fatal = log.findLast((line) => line.level === "fatal") ?? log.at(-1);
  const found = causeIn(facts.hostAgentLog ?? "") ?? classOf(fatal?.text ?? "") ?? classOf(outcome.stderr);
  const details = { ...detailsOf(outcome), ...hostAgentLines(facts.hostAgentLog) };
  const silent = outcome.signalName === null ? "limactl gave no reason" : `limactl was ended by ${outcome.signalName}`;
  const said = escapeLine(fatal?.text ?? silent).slice(0, 600);
  if (found === null) {
    return new LimaError("LIMA_FAILED", `cannot ${facts.action}: ${said}`, {
      hint: facts.look ?? "To see what Lima knows: limactl list",
      details,
    });
  }
  return new LimaError(found.code, `cannot ${facts.action}: ${found.reason} (${said})`, {
    hint: found.hint(facts.instance),
    isTransient: found.isTransient ?? false,
    details,
  });
}

/** Text without quotes of any style, in lower case, as the patterns expect it. */
export function normalize(text: string): string {
  return text.replaceAll(/["'`\\]/g, "").toLowerCase();
}

/** The class of a message or log; null for an unknown one. A more specific class wins over a more general one. */
export function classOf(text: string) {
  const plain = normalize(text);
  return FAILURE_CLASSES.find(({ patterns }) => patterns.some((pattern) => pattern.test(plain))) ?? null;
}

/** Why a VM ended, from the log of its host agent. */
function causeIn(log: string) {
  const plain = normalize(log);
  const causes = FAILURE_CLASSES.filter(({ isCause }) => isCause === true);
  return causes.find(({ patterns }) => patterns.some((pattern) => pattern.test(plain))) ?? null;
}

/** Exact call and last words, for `details` of an error. */
export function detailsOf(outcome: RunOutcome) {
  return {
    argv: [...outcome.argv],
    exitCode: outcome.exitCode,
    signal: outcome.signalName,
    timedOut: outcome.isTimedOut,
    elapsedMs: outcome.elapsedMs,
    stderr: readLog(outcome.stderr)
      .slice(-LAST_LINES)
      .map(({ text }) => escapeLine(text)),
  };
}

function hostAgentLines(log: string | undefined) {
  if (log === undefined || log === "") return {};
  const lines = readLog(log).slice(-LAST_LINES);
  return { hostAgentLog: lines.map(({ text }) => escapeLine(text)) };
}

function cannotStart(outcome: RunOutcome): LimaError {
  const [program = "limactl"] = outcome.argv;
  if (outcome.startError === "ENOENT") {
    return new LimaError("LIMA_NOT_FOUND", `${program} is not installed, or not on the PATH`, {
      hint: "Install Lima 2.2 or newer (macOS: brew install lima; others: https://lima-vm.io/docs/installation), then run the same command again",
      details: detailsOf(outcome),
    });
  }
  return new LimaError("LIMA_FAILED", `cannot start ${program}: ${outcome.startError}`, {
    hint: `Check that it may be executed: ls -l "$(command -v ${program})"`,
    details: detailsOf(outcome),
  });
}

function cutOff(outcome: RunOutcome, facts: LimaCallFacts): LimaError {
  return new LimaError("LIMA_OUTPUT_CUT", `cannot ${facts.action}: limactl wrote more than limaform reads`, {
    hint: "limactl list",
    details: detailsOf(outcome),
  });
}
