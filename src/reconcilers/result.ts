import { ApplyError, InterruptedError, type LimaformError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { ErrorDocument } from "../events/event.js";
import type { Step } from "../plan/document.js";
import type { JsonObject } from "../util/json.js";
import type { Interrupt } from "./interrupt.js";
import type { StepOutcome } from "./scheduler.js";

/** What an apply did. Shape: `steps` has every step of the plan once, in its order; `error` is null exactly where done. */
export interface ApplyDocument {
  readonly format: "limaform.apply";
  readonly version: 1;
  readonly verdict: "done" | "failed" | "interrupted";
  readonly steps: readonly ApplyStepResult[];
  /** Counts of steps by status, and `elapsedMs` of the whole. */
  readonly summary: JsonObject;
  readonly error: ErrorDocument | null;
  /** After a destroy: results that nobody accepted and saved work, which stay. */
  readonly kept?: readonly string[];
}

export interface ApplyStepResult {
  readonly id: string;
  readonly verb: string;
  readonly address: string;
  readonly status: "done" | "failed" | "skipped" | "interrupted";
  /** 0 where it never started. */
  readonly elapsedMs: number;
  readonly error: ErrorDocument | null;
}

type Outcomes = ReadonlyMap<string, StepOutcome>;

/**
 * The verdict over all outcomes.
 *
 * Shape: an interrupt that came too late to keep anything from being done changes nothing: done is done. Where it did
 * keep something from being done, it wins over failures, which stand in the steps all the same.
 * Errors (inside): APPLY_FAILED, INTERRUPTED.
 */
export function toApplyDocument(
  steps: readonly Step[],
  outcomes: Outcomes,
  run: { readonly raised: ReturnType<Interrupt["raised"]>; readonly elapsedMs: number },
): ApplyDocument {
  const results = steps.map((step) => resultOf(step, outcomes.get(step.id)));
  const counts = { done: 0, failed: 0, skipped: 0, interrupted: 0 };
  for (const { status } of results) counts[status] += 1;
  const isDone = counts.done === steps.length;
  const isInterrupted = !isDone && run.raised !== null;
  const error = isDone ? null : isInterrupted ? interrupted(results, run.raised) : failed(results, outcomes);
  return {
    format: "limaform.apply",
    version: 1,
    verdict: isDone ? "done" : isInterrupted ? "interrupted" : "failed",
    steps: results,
    summary: { ...counts, elapsedMs: run.elapsedMs },
    error: error === null ? null : toErrorDocument(error),
  };
}

function resultOf({ id, verb, address }: Step, outcome: StepOutcome | undefined): ApplyStepResult {
  if (outcome === undefined || outcome.status === "skipped") {
    return { id, verb, address, status: "skipped", elapsedMs: 0, error: null };
  }
  const { status, elapsedMs } = outcome;
  const error = outcome.error === null ? null : toErrorDocument(outcome.error);
  return { id, verb, address, status, elapsedMs, error };
}

const PLAN_HINT = "To see what is left to do: limaform plan";

/** Failures at the root, each with what it kept from starting. */
function failed(results: readonly ApplyStepResult[], outcomes: Outcomes): LimaformError {
  const roots = results.flatMap(({ id, error }) => (error === null ? [] : [{ id, error }]));
  const skipped = results.flatMap(({ id }) => {
    const outcome = outcomes.get(id);
    return outcome?.status === "skipped" ? [{ step: id, because: outcome.because }] : [];
  });
  const why = roots.map(({ id, error }) => `${id}: ${error.message}`).join("; ");
  const also = skipped.length === 0 ? "" : `, ${skipped.length} skipped because of that`;
  const hints = [...new Set(roots.map(({ error }) => error.hint))].filter((hint) => hint !== "");
  return new ApplyError("APPLY_FAILED", `${roots.length} of ${count(results.length)} failed${also}: ${why}`, {
    hint: [...hints, PLAN_HINT].join("\n"),
    details: {
      failed: roots.map(({ id, error }) => ({ step: id, code: error.code, message: error.message })),
      skipped,
    },
  });
}

function interrupted(results: readonly ApplyStepResult[], raised: ReturnType<Interrupt["raised"]>): LimaformError {
  const ids = (status: ApplyStepResult["status"]) =>
    results.filter((step) => step.status === status).map(({ id }) => id);
  const { signal, exitCode } = raised ?? { signal: "SIGINT", exitCode: 130 };
  const details = {
    signal,
    exitCode,
    done: ids("done"),
    unfinished: ids("interrupted"),
    failed: ids("failed"),
    notStarted: ids("skipped"),
  };
  const parts = [
    `${details.done.length} of ${count(results.length)} done`,
    ...(details.unfinished.length > 0 ? [`${details.unfinished.length} left unfinished`] : []),
    ...(details.failed.length > 0 ? [`${details.failed.length} failed`] : []),
    ...(details.notStarted.length > 0 ? [`${details.notStarted.length} not started`] : []),
  ];
  return new InterruptedError(`interrupted by ${signal}: ${parts.join(", ")}`, exitCode, {
    hint: `The next apply goes on from here. ${PLAN_HINT}`,
    details,
  });
}

function count(steps: number): string {
  return steps === 1 ? "1 step" : `${steps} steps`;
}
