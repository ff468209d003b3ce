import { createStepLogs } from "../adapters/host/step-logs.js";
import { StalePlanError } from "../errors/errors.js";
import type { Emit } from "../events/event.js";
import type { Plan } from "../plan/document.js";
import { staleness, stalePlanError } from "../plan/stale.js";
import { applyPlan, refuseSecondTime } from "../reconcilers/apply.js";
import { readRecord } from "../reconcilers/cache.js";
import { limitsFor } from "../reconcilers/limits.js";
import type { ApplyDocument } from "../reconcilers/result.js";
import { VERSION } from "../util/version.js";
import type { Fleet } from "./fleet.js";
import { planWith } from "./plan.js";
import { planDigest } from "./saved-plan.js";
import type { AppSession } from "./session.js";

export interface ApplyRequest {
  readonly parallel: number | null;
  /** A plan from a file: applied once, only where it was made, refused when what it is about has moved. */
  readonly saved: boolean;
}

/** Takes the lock, plans again under it, refuses what moved, walks the graph. */
export async function applyProject(session: AppSession, plan: Plan, request: ApplyRequest): Promise<ApplyDocument> {
  const fleet = await session.fleet();
  if (request.saved) refuseForeign(plan, fleet);
  const handle = await fleet.lock.acquire({
    operation: session.options.command,
    timeoutMs: session.options.lockTimeoutMs,
    signal: session.interrupt.first,
    onWaiting: (holder, waitedMs) =>
      session.emit({ type: "lock.waiting", holder: `${holder.operation}, pid ${holder.pid}`, waitedMs }),
    onTakenOver: (holder) =>
      session.emit({
        type: "lock.taken_over",
        holder: `${holder.operation}, pid ${holder.pid}, since ${holder.since}`,
      }),
  });
  try {
    // Said before anything else: of course nothing fits a plan any more that has been applied.
    if (request.saved) refuseSecondTime(planDigest(plan), (await readRecord(fleet.store)).record);
    await refuseStale(session, fleet, plan);
    return await walkLogged(session, fleet, plan, request);
  } finally {
    await handle.release();
  }
}

async function walkLogged(
  session: AppSession,
  fleet: Fleet,
  plan: Plan,
  request: ApplyRequest,
): Promise<ApplyDocument> {
  const warn = (text: string) => session.emit({ type: "log", level: "warning", text });
  const logs = createStepLogs(fleet.store.root, session.runId, warn);
  const emit: Emit = (body) => {
    session.emit(body);
    if (body.type === "apply.step.log") logs.write(body.step, body.line);
  };
  const document = await applyPlan({
    plan,
    planDigest: request.saved ? planDigest(plan) : null,
    drivers: fleet.drivers,
    store: fleet.store,
    clock: session.clock,
    emit,
    interrupt: session.interrupt,
    limits: limitsFor(plan.host, request.parallel),
    runId: session.runId,
    engine: VERSION,
    pid: session.pid,
  });
  const files = await logs.close();
  for (const { id, status } of document.steps) {
    const file = files.get(id);
    if (status !== "done" && file !== undefined)
      session.emit({ type: "log", level: "info", text: `the whole log of ${id}: ${file}` });
  }
  // A quarantine outlives its worker only for results that nobody has accepted.
  const gone = plan.steps.filter(({ id, verb }) => verb === "delete" && isDone(document, id));
  for (const { instance } of gone) await fleet.results.forgetWorker(instance);
  if (plan.intent.kind === "destroy") await nameWhatStays(session, fleet);
  return document;
}

const isDone = (document: ApplyDocument, step: string): boolean =>
  document.steps.some(({ id, status }) => id === step && status === "done");

/** Work that nobody accepted outlives the workers. */
async function nameWhatStays({ emit }: AppSession, fleet: Fleet): Promise<void> {
  const waiting = (await fleet.results.list()).filter(({ accepted }) => accepted === null);
  if (waiting.length === 0) return;
  const text = `kept: ${waiting.length} results that nobody accepted (${waiting.map(({ id }) => id).join(", ")}); see limaform results list`;
  emit({ type: "log", level: "info", text });
}

/** The world may have moved between the plan that was shown and the lock; what the plan is about must be as it was. */
async function refuseStale(session: AppSession, fleet: Fleet, plan: Plan): Promise<void> {
  if (plan.spec === null || plan.steps.length === 0) return;
  const { intent, options, spec, warnings, sources } = plan;
  const fresh = await planWith(session, fleet, { intent, options, spec, warnings, sources });
  const moved = staleness(plan, fresh);
  if (moved.length > 0) throw stalePlanError(moved);
}

function refuseForeign(plan: Plan, fleet: Fleet): void {
  if (plan.project === fleet.project && plan.owner === fleet.owner && plan.host.limaHome === fleet.limaHome) return;
  throw new StalePlanError(
    "STALE_OTHER_PLACE",
    `this plan was made for project ${plan.project} of ${plan.ownerPath} under LIMA_HOME=${plan.host.limaHome}, not for this one`,
    { hint: "apply it where it was made, or plan anew: limaform plan --out FILE" },
  );
}
