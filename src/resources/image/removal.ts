import { decisionOf } from "../decision.js";
import type { Address, DecideContext, Decision, InstanceFacts, Reason } from "../kind.js";
import { marksOf } from "../marks-of.js";
import { deleteStep } from "./steps.js";

/** Deletes an image, or what a cut-off clone left at its address. Images hold no work. */
export function removal(
  context: Pick<DecideContext, "project" | "owner">,
  address: Address,
  object: InstanceFacts,
  reason: Reason,
): Decision {
  return decisionOf({
    address,
    instance: object.name,
    action: "delete",
    reasons: [reason],
    before: { instance: object.name, revision: marksOf(object)?.revision ?? null },
    basis: [object],
    steps: [deleteStep(context, address, object)],
  });
}

/**
 * Whatever was cloned from an image goes before it; so do copies of it that were cut off, because only the image proves
 * that they are ours.
 */
export function afterUsers(context: Pick<DecideContext, "world">, decision: Decision): Decision {
  const image = decision.instance;
  const afterInstances = context.world.instances
    .filter((instance) => {
      const marks = marksOf(instance);
      return marks !== null && (marks.image === image || (marks.name === image && instance.name !== image));
    })
    .map(({ name }) => name);
  return { ...decision, steps: decision.steps.map((step) => ({ ...step, afterInstances })) };
}
