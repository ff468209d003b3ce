import type { Plan } from "../plan/document.js";
import { isEmpty } from "../plan/make-plan.js";
import { isWithin, type Mismatch, staleness, stalePlanError } from "../plan/stale.js";
import type { ApplyRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import { planWith } from "./plan.js";
import type { AppSession } from "./session.js";
import { readSources } from "./sources.js";
import { movedSources } from "./stale-sources.js";

/**
 * What an apply walks, settled under the lock: the world may have moved between the plan that was shown and the lock.
 *
 * What the plan is about is as it was: the plan itself. Else a saved plan is refused, and one made just now is made
 * again: with nothing left to do, or approved anew, or, where nobody can be asked, where it does only what was approved.
 * null: the new plan was declined.
 * Errors: STALE_….
 */
export async function settlePlan(
  session: AppSession,
  fleet: Fleet,
  plan: Plan,
  request: ApplyRequest,
): Promise<Plan | null> {
  if (plan.spec === null || plan.steps.length === 0) return plan;
  const { intent, options, spec, warnings, sources } = plan;
  const moved = await movedSources(session, fleet, plan);
  const fresh = await planWith(session, fleet, { intent, options, spec, warnings, sources });
  const mismatches = [...moved, ...staleness(plan, fresh)];
  if (mismatches.length === 0) return plan;
  if (request.saved) throw stalePlanError(mismatches);
  const next = moved.length === 0 ? fresh : await planAnew(session, fleet, plan);
  return approveAgain(next, plan, mismatches, request);
}

/** From what the host contributes now. */
async function planAnew(session: AppSession, fleet: Fleet, plan: Plan): Promise<Plan> {
  const { spec, warnings } = fleet.loaded;
  const signal = session.interrupt.first;
  const sources = await readSources(spec, { writes: [], ...fleet, repository: session.repository, signal });
  return planWith(session, fleet, { intent: plan.intent, options: plan.options, spec, warnings, sources });
}

async function approveAgain(
  next: Plan,
  approved: Plan,
  mismatches: readonly Mismatch[],
  { replanned }: ApplyRequest,
): Promise<Plan | null> {
  if (!next.applicable) throw stalePlanError([...mismatches, ...next.errors.map(toMismatch)]);
  if (isEmpty(next)) {
    replanned?.use(next, "nothing");
    return next;
  }
  if (replanned === undefined) throw stalePlanError(mismatches);
  if (replanned.approve !== null) {
    const isApproved = await replanned.approve(next);
    return isApproved ? next : null;
  }
  if (!isWithin(next, approved)) throw stalePlanError(mismatches);
  replanned.use(next, "less");
  return next;
}

const toMismatch = ({ addresses, text }: Plan["errors"][number]): Mismatch => ({
  address: addresses[0] ?? "",
  planned: "no problem",
  found: text,
});
