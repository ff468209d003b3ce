import { PlanError, StalePlanError } from "../errors/errors.js";
import type { Emit } from "../events/event.js";
import type { Plan, Step } from "../plan/document.js";
import type { Clock, Store } from "../ports/host.js";
import { type JournalLine, PLAN_VERB } from "../record/journal.js";
import type { AppliedRecord } from "../record/record.js";
import type { KindDriver } from "../resources/kind.js";
import { readJournal, readRecord } from "./cache.js";
import { lastTimeOf } from "./estimate.js";
import type { Interrupt } from "./interrupt.js";
import { createJournal, trimJournal } from "./journal.js";
import type { Limits } from "./limits.js";
import { createRecordKeeper } from "./record-keeper.js";
import { type ApplyDocument, toApplyDocument } from "./result.js";
import { BECAUSE_OF_INTERRUPT, walk } from "./scheduler.js";
import { createStepRunner, refOf } from "./step-runner.js";

export interface ApplyOptions {
  readonly plan: Plan;
  /** Digest of a saved plan, which may be applied once; null for one made just now. */
  readonly planDigest: string | null;
  /** By kind. */
  readonly drivers: ReadonlyMap<string, KindDriver>;
  readonly store: Store;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly interrupt: Interrupt;
  readonly limits: Limits;
  readonly runId: string;
  /** Version of this limaform. */
  readonly engine: string;
  /** Of this process, for the journal. */
  readonly pid: number;
  /** Where the log of a step is kept; absent where none is. */
  readonly logFile?: (step: Step["id"]) => string;
}

/**
 * Walks an applicable, fresh plan. The caller holds the project's lock until this resolves and has checked freshness.
 *
 * Shape: once a step could have started nothing is thrown: failures and interrupts stand in the document. A plan without
 * steps whose record is unchanged writes nothing.
 * Errors: PLAN_NOT_APPLICABLE, PLAN_STEPS_INVALID, STALE_ALREADY_APPLIED, STORE_….
 */
export async function applyPlan(options: ApplyOptions): Promise<ApplyDocument> {
  const { plan, store, clock, emit, interrupt } = options;
  const warn = (text: string): void => emit({ type: "log", level: "warning", text });
  if (!plan.applicable) throw notApplicable(plan);
  const { record: previous, notices } = await readRecord(store);
  const journalReading = await readJournal(store);
  refuseSecondTime(options.planDigest, previous, journalReading.lines);
  for (const notice of [...notices, ...journalReading.notices]) warn(notice);

  const record = createRecordKeeper({ ...options, previous, warn });
  if (plan.steps.length > 0) {
    await record.begin();
    await trimJournal(store, journalReading);
  }
  const journal = createJournal({ ...options, run: options.runId });
  if (options.planDigest !== null) await journal.writePlan(options.planDigest);
  const startedMs = clock.monotonicMs();
  emit({ type: "apply.started", steps: plan.steps.map(refOf) });
  const outcomes = await walk(plan.steps, {
    limits: options.limits,
    interrupt,
    run: createStepRunner({
      ...options,
      journal,
      lastMs: (step) => lastTimeOf(step, previous?.lastDurations ?? {}),
      onDone: record.stepDone,
    }),
    onSkipped: (step, because) =>
      emit({ type: "apply.step.skipped", ...refOf(step), because, text: whySkipped(because) }),
  });
  await record.finish();
  const elapsedMs = Math.round(clock.monotonicMs() - startedMs);
  return toApplyDocument(plan.steps, outcomes, { raised: interrupt.raised(), elapsedMs });
}

function notApplicable({ errors }: Plan): PlanError {
  const why = errors.map(({ text }) => text).join("; ");
  const addresses = errors.flatMap((problem) => problem.addresses);
  return new PlanError("PLAN_NOT_APPLICABLE", `this plan cannot be applied: ${why}`, {
    hint: errors[0]?.hint ?? "To see why: limaform plan",
    details: { codes: errors.map(({ code }) => code), addresses },
  });
}

/**
 * A saved plan counts as applied from just before its first step on, however that apply ended. The record says so, and
 * where it is lost the journal.
 *
 * Errors: STALE_ALREADY_APPLIED.
 */
export function refuseSecondTime(
  planDigest: string | null,
  previous: AppliedRecord | null,
  journal: readonly JournalLine[],
): void {
  if (planDigest === null) return;
  const isJournaled = journal.some(({ verb, instance }) => verb === PLAN_VERB && instance === planDigest);
  if (previous?.appliedPlans.includes(planDigest) !== true && !isJournaled) return;
  throw new StalePlanError("STALE_ALREADY_APPLIED", "this saved plan has been applied before; a plan is applied once", {
    hint: "To see what is left to do: limaform plan",
    details: { planDigest },
  });
}

function whySkipped(because: Step["id"]): string {
  return because === BECAUSE_OF_INTERRUPT ? "not started: interrupted" : `not started: ${because} failed`;
}
