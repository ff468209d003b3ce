import type { JsonObject } from "../../util/json.js";
import type { WorkItem } from "../../world/world.js";
import { draftOf, NONE } from "../decision.js";
import type { DecideContext, InstanceFacts, StepDraft } from "../kind.js";
import { encodeProbeRequest, hostRootOf, probeLimitMs, probeRequestOf } from "../probe-request.js";
import { holdsNothing } from "./status.js";

const SAVE_LIMIT_MS = 60 * 60_000;

/**
 * What the step that ends something needs to look for work once more; null where there is nothing to look for: the
 * worker holds nothing, or its work was given up by name.
 */
export function workInputs(context: DecideContext, object: InstanceFacts): JsonObject | null {
  if (holdsNothing(object) || context.discardWork.has(context.address)) return null;
  const request = probeRequestOf(object, context.spec, hostRootOf(context.sources));
  return encodeProbeRequest(request, probeLimitMs(context.world.host));
}

/**
 * The step that saves what the guest holds, for the decisions that end it; none where nothing of it can be saved or
 * everything is saved. `why`: the action, for the list of saves.
 */
export function saveSteps(
  context: DecideContext,
  object: InstanceFacts,
  { why, rollout }: { readonly why: string; readonly rollout: StepDraft["rollout"] },
): readonly StepDraft[] {
  const finding = context.world.work[object.name];
  if (finding?.kind !== "known" || !finding.items.some(canSave)) return NONE;
  const work = workInputs(context, object);
  if (work === null) return NONE;
  const [instance, inputs] = [object.name, { work, why }];
  const limits = { class: "transfer", onInterrupt: "stop", timeoutMs: SAVE_LIMIT_MS, retries: 1 } as const;
  return [draftOf({ verb: "save", instance, ...limits, inputs, rollout })];
}

const canSave = ({ savable, saved }: WorkItem): boolean => savable === true && saved !== true;
