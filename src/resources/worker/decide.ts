import { decidedOf, NONE } from "../decision.js";
import { changedHands } from "../hands.js";
import type { DecideContext, Decided, Decision, DesiredNode, InstanceFacts, PlanProblem, Reason } from "../kind.js";
import { choose, staleReason } from "./choose.js";
import { released, removal, removalsBeside, resized, started, stopped } from "./existing.js";
import { creation, replacement } from "./make.js";
import { base, nothing, offeredImage, only } from "./parts.js";
import { imageProblems, openProblems } from "./problems.js";
import { shrinkProblem, sizeChanges, sizeOf } from "./size.js";
import { isDamaged, statusOf, WHEN_WANTED } from "./status.js";

/** What to do with one slot, for every command. Pure; the order of the cases is the table of docs/decisions.md. */
export function decide(context: DecideContext): Decided {
  const { intent, desired } = context;
  const hands = changedHands(context);
  if (hands !== null) return hands;
  if (intent.kind === "stop" || intent.kind === "start") {
    const { kept } = choose(context);
    if (kept === null) return nothing();
    if (intent.kind === "stop") return only(stopped(context, kept));
    const decision = released(context, kept);
    return decidedOf({ decisions: [decision], problems: openProblems(context.address, kept, decision) });
  }
  if (intent.kind === "prune") return nothing();
  if (desired === null || intent.kind === "destroy") return removed(context);
  // Without an image to judge by, neither right nor stale can be told; why there is none is said at the image.
  return offeredImage(context) === null ? nothing() : wanted(context, desired);
}

function removed(context: DecideContext): Decided {
  const reason =
    context.intent.kind === "destroy"
      ? { code: "destroy", text: "destroy was asked for" }
      : { code: "surplus", text: "its slot is above the wanted number of workers" };
  const objects = [...context.objects, ...context.residues];
  return decidedOf({ decisions: objects.map((object) => removal(context, object, reason)) });
}

const INTERRUPTED: Reason = { code: "interrupted_clone", text: "left by a clone that was cut off" };

/** A slot within 1 … N. */
function wanted(context: DecideContext, desired: DesiredNode): Decided {
  const { kept, others } = choose(context);
  const residues =
    context.residues.length === 0 ? NONE : context.residues.map((object) => removal(context, object, INTERRUPTED));
  if (kept === null) {
    const decision = creation(context, desired, residues);
    return decidedOf({
      decisions: [...residues, decision],
      outputs: { instance: decision.instance, state: "fresh" },
      problems: imageProblems(context, desired),
    });
  }
  const { decision, problems } = existing(context, desired, kept);
  const outputs = { instance: decision.instance, state: stateAfter(kept, decision) };
  if (others.length + residues.length === 0) return { decisions: [decision], outputs, problems, notes: NONE };
  const beside = removalsBeside(context, { kept, decision, others });
  return decidedOf({ decisions: [...beside.removals, ...residues, beside.decision], outputs, problems });
}

interface Existing {
  readonly decision: Decision;
  readonly problems: readonly PlanProblem[];
}

function existing(context: DecideContext, desired: DesiredNode, kept: InstanceFacts): Existing {
  const status = statusOf(kept);
  const stale = staleReason(context, desired, kept);
  const reason = context.isForcedReplace
    ? { code: "replace_requested", text: "replacement was asked for" }
    : status === "held"
      ? null
      : (damageReason(kept) ?? stale);
  if (reason !== null) {
    return { decision: replacement(context, desired, kept, reason), problems: imageProblems(context, desired) };
  }
  if (stale !== null) {
    const held = { code: "held_stale", text: `held by stop; ${stale.text}` };
    return { decision: base(context, kept, "none", [held]), problems: [] };
  }
  const size = sizeOf(desired);
  const changed = sizeChanges(kept, size);
  const decision =
    changed.length > 0
      ? resized(context, kept, { size, reasons: changed })
      : WHEN_WANTED[status] === "none"
        ? base(context, kept, "none", [])
        : started(context, kept);
  const shrink = shrinkProblem(context.address, kept, size);
  const open = openProblems(context.address, kept, decision);
  return { decision, problems: shrink === null ? open : [shrink, ...open] };
}

/** A lost disk cannot be started, and what one repair did not mend no second one does: it is made anew, once. */
function damageReason(kept: InstanceFacts): Reason | null {
  return isDamaged(kept) && kept.damage !== undefined ? { code: kept.damage.code, text: kept.damage.text } : null;
}

/** What a binding may build on: `fresh` holds no work, `ready` can be asked now, `restarted` only after the apply. */
function stateAfter(kept: InstanceFacts, decision: Decision): "fresh" | "ready" | "restarted" | "held" {
  if (decision.action === "replace") return "fresh";
  const status = statusOf(kept);
  if (status === "held") return "held";
  if (kept.readyAt === null) return "fresh";
  return status === "ready" ? "ready" : "restarted";
}
