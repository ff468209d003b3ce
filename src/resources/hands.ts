import { type Marks, NOBODY } from "../world/marks.js";
import { slotOf } from "./address.js";
import { decidedOf, decisionOf, draftOf } from "./decision.js";
import type { DecideContext, Decided, Decision, InstanceFacts, StepDraft } from "./kind.js";
import { marksOf } from "./marks-of.js";

/* Objects that change hands, for every kind that has instances: `adopt` and `forget` rewrite marks and nothing else. */

const EDIT_LIMIT_MS = 2 * 60_000;
/** Before any worker was made: what is newer counts as work, and everything is. */
const LONG_AGO = "1970-01-01T00:00:00.000Z";

/** The decisions of the two intents; null for every other one. */
export function changedHands(context: DecideContext): Decided | null {
  const { intent } = context;
  if (intent.kind === "forget") {
    return decidedOf({ decisions: context.objects.map((object) => forgotten(context, object)) });
  }
  if (intent.kind !== "adopt" && intent.kind !== "adopt-all") return null;
  return decidedOf({ decisions: context.candidates.flatMap((object) => adopted(context, object)) });
}

function adopted(context: DecideContext, object: InstanceFacts): readonly Decision[] {
  const { address, project, owner } = context;
  const from = marksOf(object);
  // What may not be adopted has its problem in the plan.
  if (from === null) return [];
  const to = { project, owner, address, name: object.name, slot: slotOf(address) };
  const isThere = (Object.keys(to) as (keyof typeof to)[]).every((key) => from[key] === to[key]);
  const texts = isThere ? "ours already" : `${object.name}, until now ${formerly(from, object)}`;
  const change = changeOf(context, object, { code: "adopt_requested", text: texts });
  if (isThere) return [{ ...change, action: "none", after: change.before }];
  const readyAt = from.name === object.name || from.role !== "worker" ? null : (madeAfter(context, from) ?? LONG_AGO);
  const inputs = { from: identityOf(from), to, readyAt, protect: from.role === "image" };
  return [{ ...change, after: { ...to, revision: from.revision }, steps: [stepOf("adopt", object, inputs)] }];
}

function forgotten(context: DecideContext, object: InstanceFacts): Decision {
  const text = `${object.name} stays as it is, as an instance of yours`;
  const change = changeOf(context, object, { code: "forget_requested", text });
  const inputs = { project: context.project, owner: context.owner };
  return { ...change, steps: [stepOf("forget", object, inputs)] };
}

function changeOf(context: DecideContext, object: InstanceFacts, reason: Decision["reasons"][number]): Decision {
  const marks = marksOf(object);
  return decisionOf({
    address: context.address,
    instance: object.name,
    action: "update",
    reasons: [reason],
    before: marks === null ? null : { ...identityOf(marks) },
    basis: [object],
  });
}

function stepOf(verb: "adopt" | "forget", object: InstanceFacts, inputs: StepDraft["inputs"]): StepDraft {
  return draftOf({ verb, instance: object.name, class: "light", timeoutMs: EDIT_LIMIT_MS, inputs });
}

const identityOf = ({ project, owner, address, name, slot }: Marks) => ({ project, owner, address, name, slot });

function formerly(from: Marks, object: InstanceFacts): string {
  if (from.name !== object.name) return `a copy of ${from.name}`;
  if (from.owner === NOBODY) return `nobody's: ${from.project} forgot it`;
  return `of ${from.project}, owner ${from.owner}`;
}

/**
 * A copy brings its original's notes under another name, so nothing says when it was made. Not before its image was
 * sealed: what has changed in it since then is work.
 */
function madeAfter({ byName }: DecideContext, from: Marks): string | null {
  const image = byName.get(from.image);
  const sealed = image === undefined ? "" : (marksOf(image)?.sealed ?? "");
  return sealed === "" ? null : sealed;
}
