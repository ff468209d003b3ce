import type { JsonObject } from "../../util/json.js";
import { rememberLast } from "../../util/remember.js";
import { MARKS_FORMAT, type Marks } from "../../world/marks.js";
import { slotOf } from "../address.js";
import { decisionOf, NONE } from "../decision.js";
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
import { sizeOf, type WorkerSize } from "./size.js";
import { rolloutSurge } from "./spec.js";
import { statusOf } from "./status.js";
import { type CloneRequest, createStep, deleteStep, startStep } from "./steps.js";
import { saveSteps } from "./work.js";

/** The planned worker for an empty slot, or for one whose leftovers are removed first. */
export function creation(context: DecideContext, desired: DesiredNode, cleanups: readonly Decision[]): Decision {
  const freed = new Set(cleanups.map((cleanup) => cleanup.instance));
  const isTaken = (name: string) => context.takenNames.has(name) && !freed.has(name);
  const name = freeName(String(desired.attributes.baseName), "g", isTaken);
  const image = imageFacts(context);
  return decisionOf({
    address: context.address,
    instance: name,
    action: "create",
    reasons: [{ code: "missing", text: "not there" }],
    after: describe(context, desired),
    basis: image === null ? NONE : [image],
    steps: [
      createStep(cloneRequest(context, desired, name), freed.has(name) ? [name] : NONE),
      startStep(name, { repair: false, timeoutMs: timeoutMs(context) }),
    ],
    wasBroken: true,
  });
}

export function replacement(
  context: DecideContext,
  desired: DesiredNode,
  kept: InstanceFacts,
  reason: Reason,
): Decision {
  const name = nextName(context, desired, kept);
  const image = imageFacts(context);
  const create = createStep(cloneRequest(context, desired, name), name === kept.name ? [kept.name] : NONE);
  const start = startStep(name, { repair: false, timeoutMs: timeoutMs(context) });
  const saves = saveSteps(context, kept, { why: "replace", rollout: "end" });
  const remove = deleteStep(context, kept);
  return {
    address: context.address,
    instance: name,
    action: "replace",
    reasons: [reason],
    before: shownAs(kept),
    after: describe(context, desired),
    replaced: kept,
    basis: image === null ? [kept] : [kept, image],
    steps: saves.length === 0 ? [create, start, remove] : [create, start, ...saves, remove],
    endangers: dangers(kept, "disk"),
    asks: NONE,
    wasBroken: statusOf(kept) !== "ready",
  };
}

function nextName({ spec, takenNames }: DecideContext, desired: DesiredNode, kept: InstanceFacts): string {
  const surge = spec === null ? 0 : specValue(spec, rolloutSurge);
  // Destroy-first frees the old one's name before the new one needs it; with a surge both exist for a while.
  const freed = surge === 0 ? kept.name : null;
  const baseName = String(desired.attributes.baseName);
  return baseName === freed ? baseName : freeName(baseName, "g", (name) => name !== freed && takenNames.has(name));
}

/** A worker as the plan shows it before it exists. */
const describe = (context: DecideContext, desired: DesiredNode): JsonObject =>
  described(sizeOf(desired), offeredImage(context)?.instance ?? null, desired.revision);

const described = rememberLast(
  ({ cpus, memoryBytes, diskBytes }: WorkerSize, image: string | null, revision: string | null): JsonObject => ({
    cpus,
    memoryBytes,
    diskBytes,
    image,
    revision,
  }),
);

/** The image as it is now, where it is there: a clone of another one would be another worker. */
const imageFacts = (context: DecideContext): InstanceFacts | null =>
  context.byName.get(offeredImage(context)?.instance ?? "") ?? null;

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
  return { source, name, size, marks };
}
