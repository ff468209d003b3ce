import type { JsonObject } from "../../util/json.js";
import type { Marks } from "../../world/marks.js";
import { makeAddress } from "../address.js";
import { draftOf } from "../decision.js";
import type { DecideContext, InstanceFacts, StepDraft } from "../kind.js";
import { marksOf } from "../marks-of.js";
import type { WorkerSize } from "./size.js";
import { workInputs } from "./work.js";

const AFTER_GOLDEN = [makeAddress("image", "golden")];
const CLONE_LIMIT_MS = 30 * 60_000;
const EDIT_LIMIT_MS = 2 * 60_000;
/** Lima itself waits up to 6.5 minutes for a graceful stop. */
const STOP_LIMIT_MS = 8 * 60_000;
const DELETE_LIMIT_MS = 5 * 60_000;

export interface CloneRequest {
  readonly source: string;
  readonly name: string;
  readonly size: WorkerSize;
  readonly marks: Marks;
}

/** The clone; a start brings it to readiness. `afterInstances`: deletions that free the name. */
export function createStep(request: CloneRequest, afterInstances: readonly string[]): StepDraft {
  const { source, name, size, marks } = request;
  return draftOf({
    verb: "create",
    instance: name,
    class: "clone",
    timeoutMs: CLONE_LIMIT_MS,
    inputs: { source, size, marks },
    afterAddresses: AFTER_GOLDEN,
    afterInstances,
    rollout: "make",
  });
}

export interface StartRequest {
  /** Force-stops half-dead host processes first. */
  readonly repair: boolean;
  readonly timeoutMs: number;
  /** Ends a hold. */
  readonly release?: boolean;
  /** To look once more before a repair cuts the guest off; null where there is nothing to look for. */
  readonly work?: JsonObject | null;
}

/** What most starts are, one object for all of them. */
const PLAIN_START = { repair: false, release: false, work: null };

/** Boots, or picks up a boot that was cut off; ends when the guest is ready. */
export function startStep(name: string, request: StartRequest): StepDraft {
  const { repair, release = false, work = null } = request;
  return draftOf({
    verb: "start",
    instance: name,
    class: "boot",
    onInterrupt: "stop",
    timeoutMs: request.timeoutMs,
    inputs: !repair && !release && work === null ? PLAIN_START : { repair, release, work },
    rollout: "make",
  });
}

/** Stops and marks as held, in this order: the mark needs a stopped instance. */
export function stopStep(context: DecideContext, { name, status }: InstanceFacts, work: JsonObject | null): StepDraft {
  const inputs = { hold: context.now, force: status === "broken", work };
  return draftOf({ verb: "stop", instance: name, class: "light", timeoutMs: STOP_LIMIT_MS, inputs });
}

export function updateSteps(
  object: InstanceFacts,
  size: WorkerSize,
  options: {
    readonly stopFirst: boolean;
    readonly startAfter: boolean;
    readonly timeoutMs: number;
    /** To look once more before the stop; null where there is nothing to look for. */
    readonly work: JsonObject | null;
  },
): readonly StepDraft[] {
  const update = draftOf({
    verb: "update",
    instance: object.name,
    class: "light",
    timeoutMs: (options.stopFirst ? STOP_LIMIT_MS : 0) + EDIT_LIMIT_MS,
    inputs: { size, stopFirst: options.stopFirst, work: options.work },
  });
  if (!options.startAfter) return [update];
  return [{ ...update, rollout: "end" }, startStep(object.name, { repair: false, timeoutMs: options.timeoutMs })];
}

/** The driver proves ownership by these marks again, and looks for work once more, in the step that deletes. */
export function deleteStep(context: DecideContext, object: InstanceFacts): StepDraft {
  const marks = marksOf(object);
  const isResidue = marks === null || marks.name !== object.name;
  return draftOf({
    verb: "delete",
    instance: object.name,
    class: "light",
    timeoutMs: DELETE_LIMIT_MS,
    inputs: {
      project: context.project,
      owner: context.owner,
      address: context.address,
      isResidue,
      work: workInputs(context, object),
    },
    rollout: "end",
  });
}
