import type { DecideContext, Decision, InstanceFacts, Reason } from "../kind.js";
import { base, dangers, timeoutMs } from "./parts.js";
import type { WorkerSize } from "./size.js";
import { statusOf, type WorkerStatus } from "./status.js";
import { deleteStep, startStep, stopStep, updateSteps } from "./steps.js";
import { saveSteps, workInputs } from "./work.js";

/** A worker that is right but does not run, or has never become ready. */
export function started(context: DecideContext, kept: InstanceFacts): Decision {
  const status = statusOf(kept);
  return {
    ...base(context, kept, "start", [startReason(status)]),
    ...starting(context, kept, false),
    after: { running: true },
    wasBroken: true,
  };
}

/**
 * The start of a worker that does not serve. Where its host processes are half dead they are ended first, and that cuts
 * off a guest that may still be at work: it is asked, and what it holds is saved before.
 */
function starting(
  context: DecideContext,
  object: InstanceFacts,
  release: boolean,
): Pick<Decision, "steps" | "endangers"> {
  const limit = { timeoutMs: timeoutMs(context), release };
  if (object.status !== "broken")
    return { steps: [startStep(object.name, { ...limit, repair: false })], endangers: [] };
  const start = startStep(object.name, { ...limit, repair: true, work: workInputs(context, object) });
  return {
    steps: [...saveSteps(context, object, { why: "repair", rollout: null }), start],
    endangers: dangers(object, "repair"),
  };
}

function startReason(status: WorkerStatus): Reason {
  if (status === "starting") return { code: "not_ready", text: "was started but has never been ready" };
  if (status === "broken") return { code: "broken", text: "its host processes are half dead; it is restarted" };
  return { code: "stopped", text: "stopped, and nobody holds it" };
}

/** Stop, edit, start; a held worker stays stopped. */
export function resized(
  context: DecideContext,
  kept: InstanceFacts,
  { size, reasons }: { readonly size: WorkerSize; readonly reasons: readonly Reason[] },
): Decision {
  const status = statusOf(kept);
  const stopFirst = kept.status !== "stopped";
  const work = stopFirst ? workInputs(context, kept) : null;
  // A graceful stop keeps the disk; what is half dead is cut off.
  const saves = kept.status === "broken" ? saveSteps(context, kept, { why: "update", rollout: null }) : [];
  return {
    ...base(context, kept, "update", reasons),
    after: size,
    steps: [
      ...saves,
      ...updateSteps(kept, size, { stopFirst, startAfter: status !== "held", timeoutMs: timeoutMs(context), work }),
    ],
    endangers: stopFirst ? dangers(kept, kept.status === "broken" ? "repair" : "processes") : [],
    wasBroken: status !== "ready",
  };
}

export function stopped(context: DecideContext, object: InstanceFacts): Decision {
  const status = statusOf(object);
  const isStopped = object.status === "stopped";
  if (status === "held" && isStopped) {
    return base(context, object, "none", [{ code: "held", text: "held already" }]);
  }
  return {
    ...base(context, object, "stop", [{ code: "stop_requested", text: "stop was asked for; apply will not start it" }]),
    after: { running: false, held: true },
    // A stopped guest cannot be asked, so what can be saved is saved now.
    steps: [
      ...(isStopped ? [] : saveSteps(context, object, { why: "stop", rollout: null })),
      stopStep(context, object, isStopped ? null : workInputs(context, object)),
    ],
    endangers: isStopped ? [] : dangers(object, "processes"),
  };
}

export function released(context: DecideContext, object: InstanceFacts): Decision {
  const status = statusOf(object);
  if (status === "ready") return base(context, object, "none", [{ code: "running", text: "running already" }]);
  const isHeld = status === "held";
  const reason = isHeld ? { code: "start_requested", text: "start was asked for; the hold ends" } : startReason(status);
  return {
    ...base(context, object, "start", [reason]),
    after: { running: true, held: false },
    ...starting(context, object, isHeld),
    wasBroken: true,
  };
}

export function removal(context: DecideContext, object: InstanceFacts, reason: Reason): Decision {
  return {
    ...base(context, object, "delete", [reason]),
    after: null,
    steps: [...saveSteps(context, object, { why: "delete", rollout: "end" }), deleteStep(context, object)],
    endangers: dangers(object, "disk"),
    wasBroken: statusOf(object) !== "ready",
  };
}

/**
 * Removes the other objects of a slot (a surge that was cut off). Where one of them is what the slot has that is ready,
 * it goes only after the one that stays is ready too, and then that one's start takes nothing away meanwhile.
 */
export function removalsBeside(
  context: DecideContext,
  slot: { readonly kept: InstanceFacts; readonly decision: Decision; readonly others: readonly InstanceFacts[] },
): { readonly removals: readonly Decision[]; readonly decision: Decision } {
  const { kept, decision, others } = slot;
  const isReplacedBy = decision.action === "start" || decision.action === "update";
  const isSpare = isReplacedBy && statusOf(kept) !== "held" && others.some((other) => statusOf(other) === "ready");
  const afterAddresses = isSpare ? [context.address] : [];
  const removals = others.map((object) => {
    const plain = removal(context, object, { code: "superseded", text: `${kept.name} has this slot` });
    return { ...plain, steps: plain.steps.map((step) => ({ ...step, afterAddresses })) };
  });
  if (!isSpare) return { removals, decision };
  return { removals, decision: { ...decision, steps: decision.steps.map((step) => ({ ...step, rollout: null })) } };
}
