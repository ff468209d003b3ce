import { PlanError, StalePlanError } from "../errors/errors.js";
import type { Emit } from "../events/event.js";
import type { Plan, Step } from "../plan/document.js";
import type { Clock, Store } from "../ports/host.js";
import type { AppliedRecord } from "../record/record.js";
import type { KindDriver } from "../resources/kind.js";
import { readJournal, readRecord } from "./cache.js";
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
  refuseSecondTime(options.planDigest, previous);
  const journalReading = await readJournal(store);
  for (const notice of [...notices, ...journalReading.notices]) warn(notice);

  const record = createRecordKeeper({ ...options, previous, warn });
  if (plan.steps.length > 0) {
    await record.begin();
    await trimJournal(store, journalReading);
  }
  const startedMs = clock.monotonicMs();
  emit({ type: "apply.started", steps: plan.steps.map(refOf) });
  const journal = createJournal({ ...options, run: options.runId });
  const outcomes = await walk(plan.steps, {
    limits: options.limits,
    interrupt,
    run: createStepRunner({ ...options, journal, onDone: record.stepDone }),
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

/** Errors: STALE_ALREADY_APPLIED for a saved plan that the record knows. */
export function refuseSecondTime(planDigest: string | null, previous: AppliedRecord | null): void {
  if (planDigest === null || previous?.appliedPlans.includes(planDigest) !== true) return;
  throw new StalePlanError("STALE_ALREADY_APPLIED", "this saved plan has been applied before; a plan is applied once", {
    hint: "To see what is left to do: limaform plan",
    details: { planDigest },
  });
}

function whySkipped(because: Step["id"]): string {
  return because === BECAUSE_OF_INTERRUPT ? "not started: interrupted" : `not started: ${because} failed`;
}
