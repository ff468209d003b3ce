import { createStepLogs } from "../adapters/host/step-logs.js";
import type { Emit } from "../events/event.js";
import type { Plan } from "../plan/document.js";
import type { LockHandle } from "../ports/host.js";
import { applyPlan, refuseSecondTime } from "../reconcilers/apply.js";
import { readJournal, readRecord } from "../reconcilers/cache.js";
import { limitsFor } from "../reconcilers/limits.js";
import type { ApplyDocument } from "../reconcilers/result.js";
import { VERSION } from "../util/version.js";
import type { ApplyRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import { requirePrograms } from "./required-programs.js";
import { pinFleet, planDigest } from "./saved-plan.js";
import type { AppSession } from "./session.js";
import { settlePlan } from "./settle-plan.js";
import { requireTrust } from "./trust.js";

/** Takes the lock, plans again under it, refuses what moved, walks the graph. null: the plan it came to was declined. */
export async function applyProject(
  session: AppSession,
  plan: Plan,
  request: ApplyRequest,
): Promise<ApplyDocument | null> {
  const fleet = request.saved ? await pinFleet(session, plan) : await session.fleet();
  if (plan.intent.kind === "apply" && plan.spec !== null) await requireTrust(session, fleet, plan.spec);
  await requirePrograms(plan, session.options.env);
  const handle = await takeLock(session, fleet);
  try {
    // Said before anything else: of course nothing fits a plan any more that has been applied.
    if (request.saved) await refuseAppliedBefore(fleet, plan);
    const settled = await settlePlan(session, fleet, plan, request);
    if (settled === null) return null;
    await request.before?.();
    return await walkLogged(session, fleet, settled, request);
  } finally {
    await handle.release();
  }
}

function takeLock(session: AppSession, fleet: Fleet): Promise<LockHandle> {
  return fleet.lock.acquire({
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
}

async function refuseAppliedBefore(fleet: Fleet, plan: Plan): Promise<void> {
  const [{ record }, { lines }] = await Promise.all([readRecord(fleet.store), readJournal(fleet.store)]);
  refuseSecondTime(planDigest(plan), record, lines);
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
    if (body.type === "apply.step.log") logs.write(body.step, `${session.clock.now()} ${body.line}`);
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
    logFile: logs.fileOf,
  });
  const files = await logs.close();
  for (const { id, status, error } of document.steps) {
    const file = files.get(id);
    const isSaid = file !== undefined && error?.message.includes(file) === true;
    if (status !== "done" && file !== undefined && !isSaid)
      session.emit({ type: "log", level: "info", text: `the whole log of ${id}: ${file}` });
  }
  // A quarantine outlives its worker only for results that nobody has accepted.
  const gone = plan.steps.filter(({ id, verb }) => verb === "delete" && isDone(document, id));
  for (const { instance } of gone) await fleet.results.forgetWorker(instance);
  const kept = plan.intent.kind === "destroy" ? await nameWhatStays(session, fleet) : null;
  if (["apply", "destroy", "prune"].includes(plan.intent.kind)) await dropUnusedBases(session, fleet);
  return kept === null ? document : { ...document, kept };
}

const BASES_LIMIT_MS = 60_000;

/**
 * Base disks outlive the last deletion of ours while somebody's copy stands on them, and nothing of ours ends with that
 * copy. So every apply and destroy looks once more, also one that has nothing else to do. It holds the lock.
 */
async function dropUnusedBases({ emit, interrupt }: AppSession, fleet: Fleet): Promise<void> {
  if (interrupt.raised() !== null) return;
  const removed = await fleet.disks.removeUnusedBases({ signal: interrupt.second, timeoutMs: BASES_LIMIT_MS });
  if (removed.length === 0) return;
  const text = `removed what no disk stands on any more: ${removed.join(", ")}`;
  emit({ type: "log", level: "info", text });
}

const isDone = (document: ApplyDocument, step: string): boolean =>
  document.steps.some(({ id, status }) => id === step && status === "done");

/** Work that nobody accepted outlives the workers, and so does saved work until it is discarded. */
async function nameWhatStays({ emit }: AppSession, fleet: Fleet): Promise<readonly string[]> {
  const waiting = (await fleet.results.list()).filter(({ accepted }) => accepted === null).map(({ id }) => id);
  const saves = (await fleet.saves.list()).map(({ id }) => id);
  const texts = [
    ...(waiting.length === 0 ? [] : [`${waiting.length} results that nobody accepted (${waiting.join(", ")})`]),
    ...(saves.length === 0 ? [] : [`saved work (${saves.join(", ")})`]),
  ];
  const text = `kept: ${texts.join(" and ")}; see limaform results list`;
  if (texts.length > 0) emit({ type: "log", level: "info", text });
  return [...waiting, ...saves];
}
