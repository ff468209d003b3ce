import type {
  ApplyDocument,
  DriftDocument,
  RunDocument,
  SyncBackDocument,
  SyncDocument,
  WaitDocument,
} from "../app/app.js";
import { EXIT, LimaformError, withSystemReason } from "../errors/errors.js";
import type { Plan } from "../plan/document.js";
import type { StopSignal } from "./runtime.js";

/* Verdicts to exit codes, in one place: text, JSON and exit code follow from the same document. */

const SIGNAL_CODES: Readonly<Record<StopSignal, number>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.hangup,
};

/** Without a signal something else interrupted us; that reads as an interrupt. */
export const signalExitCode = (signal: StopSignal | null): number => SIGNAL_CODES[signal ?? "SIGINT"];

export const hasChanges = (plan: Plan): boolean => plan.changes.some((change) => change.action !== "none");

export function planExitCode(plan: Plan, isDetailed: boolean): number {
  if (!plan.applicable) return EXIT.failed;
  return isDetailed && hasChanges(plan) ? EXIT.changes : EXIT.done;
}

export function applyExitCode(document: Pick<ApplyDocument, "verdict">, signal: StopSignal | null): number {
  if (document.verdict === "done") return EXIT.done;
  return document.verdict === "interrupted" ? signalExitCode(signal) : EXIT.failed;
}

/** Incomplete is a failure, whatever was found: CI must not take it for "no more than this". */
export function driftExitCode(document: DriftDocument): number {
  if (!document.complete) return EXIT.failed;
  return document.drifted ? EXIT.drift : EXIT.done;
}

export function runExitCode(document: RunDocument, signal: StopSignal | null): number {
  if (document.verdict === "interrupted") return signalExitCode(signal);
  return document.verdict === "failed" ? EXIT.failed : EXIT.done;
}

/** Work in the way is no failure, but not what was asked for either. */
export function syncExitCode(document: SyncDocument, signal: StopSignal | null): number {
  if (document.verdict === "interrupted") return signalExitCode(signal);
  return document.verdict === "done" ? EXIT.done : EXIT.failed;
}

/** What waits is no failure: it was asked to wait. null = declined. */
export function syncBackExitCode(document: SyncBackDocument | null): number {
  if (document === null || document.halted.length > 0) return EXIT.failed;
  return document.summary.conflicts + document.summary.refused > 0 ? EXIT.failed : EXIT.done;
}

/** Reached, and well. */
export const waitExitCode = ({ verdict }: WaitDocument): number => (verdict === "done" ? EXIT.done : EXIT.failed);

/** What is no error of ours, nor the system's for lack of room, is a bug. */
export function errorExitCode(thrown: unknown): number {
  const error = withSystemReason(thrown);
  return error instanceof LimaformError ? error.exitCode : EXIT.bug;
}
