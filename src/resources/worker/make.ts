import { MARKS_FORMAT, type Marks } from "../../world/marks.js";
import { slotOf } from "../address.js";
import { decisionOf } from "../decision.js";
import {
  type DecideContext,
  type Decision,
  type DesiredNode,
  type InstanceFacts,
  type Reason,
  specValue,
} from "../kind.js";
import { freeName } from "../names.js";
import { dangers, offeredImage, shownAs, timeoutMs } from "./parts.js";
import { sizeOf } from "./size.js";
import { rolloutSurge } from "./spec.js";
import { statusOf } from "./status.js";
import { type CloneRequest, createSteps, deleteStep } from "./steps.js";
import { saveSteps } from "./work.js";

/** The planned worker for an empty slot, or for one whose leftovers are removed first. */
export function creation(context: DecideContext, desired: DesiredNode, cleanups: readonly Decision[]): Decision {
  const freed = new Set(cleanups.map((cleanup) => cleanup.instance));
  const isTaken = (name: string) => context.takenNames.has(name) && !freed.has(name);
  const name = freeName(String(desired.attributes.baseName), "g", isTaken);
  return decisionOf({
    address: context.address,
    instance: name,
    action: "create",
    reasons: [{ code: "missing", text: "not there" }],
    after: describe(context, desired),
    basis: imageFacts(context),
    steps: createSteps(cloneRequest(context, desired, name), freed.has(name) ? [name] : []),
    wasBroken: true,
  });
}

export function replacement(
  context: DecideContext,
  desired: DesiredNode,
  kept: InstanceFacts,
  reason: Reason,
): Decision {
  const surge = context.spec === null ? 0 : specValue(context.spec, rolloutSurge);
  // Destroy-first frees the old one's name before the new one needs it; with a surge both exist for a while.
  const isTaken = (name: string) => context.takenNames.has(name) && !(surge === 0 && name === kept.name);
  const name = freeName(String(desired.attributes.baseName), "g", isTaken);
  const endangers = dangers(kept, "disk");
  return decisionOf({
    address: context.address,
    instance: name,
    action: "replace",
    reasons: [reason],
    before: shownAs(kept),
    after: describe(context, desired),
    replaced: kept,
    basis: [kept].concat(imageFacts(context)),
    steps: createSteps(cloneRequest(context, desired, name), name === kept.name ? [kept.name] : []).concat(
      saveSteps(context, kept, { why: "replace", rollout: "end" }),
      deleteStep(context, kept),
    ),
    endangers,
    wasBroken: statusOf(kept) !== "ready",
  });
}

/** A worker as the plan shows it before it exists. */
function describe(context: DecideContext, desired: DesiredNode) {
  const { cpus, memoryBytes, diskBytes } = sizeOf(desired);
  const image = offeredImage(context)?.instance ?? null;
  return { cpus, memoryBytes, diskBytes, image, revision: desired.revision };
}

/** The image as it is now, where it is there: a clone of another one would be another worker. */
function imageFacts(context: DecideContext): readonly InstanceFacts[] {
  const image = context.byName.get(offeredImage(context)?.instance ?? "");
  return image === undefined ? [] : [image];
}

/** Everything the clone step needs; the marks are written by the clone command itself. */
function cloneRequest(context: DecideContext, desired: DesiredNode, name: string): CloneRequest {
  const size = sizeOf(desired);
  const source = offeredImage(context)?.instance ?? "";
  const marks: Marks = {
    format: MARKS_FORMAT,
    project: context.project,
    owner: context.owner,
    role: "worker",
    address: context.address,
    name,
    slot: slotOf(context.address),
    revision: desired.revision ?? "",
    image: source,
    sealed: "",
    hold: "",
    applied: size,
  };
  return { source, name, size, marks, timeoutMs: timeoutMs(context) };
}
