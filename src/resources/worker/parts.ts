import { parseDuration } from "../../util/duration.js";
import type { JsonObject } from "../../util/json.js";
import { remember, rememberLast } from "../../util/remember.js";
import { makeAddress } from "../address.js";
import { decidedOf, decisionOf, NONE } from "../decision.js";
import type { Action, Danger, DecideContext, Decided, Decision, InstanceFacts, Reason, ResolvedSpec } from "../kind.js";
import { holdsNothing, statusOf } from "./status.js";

const GOLDEN = makeAddress("image", "golden");

/** A decision about an existing object, without steps. */
export function base(
  context: DecideContext,
  object: InstanceFacts,
  action: Action,
  reasons: readonly Reason[],
): Decision {
  const before = shownAs(object);
  const { address } = context;
  return decisionOf({ address, instance: object.name, action, reasons, before, after: before, basis: [object] });
}

/** A worker as the plan shows it as it is. */
export function shownAs(object: InstanceFacts): JsonObject {
  const { name, cpus, memoryBytes, diskBytes } = object;
  return { instance: name, status: statusOf(object), cpus, memoryBytes, diskBytes };
}

export const nothing = (): Decided => decidedOf({});
export const only = (decision: Decision): Decided => decidedOf({ decisions: [decision] });

export function dangers(object: InstanceFacts, scope: Danger["scope"]): readonly Danger[] {
  return holdsNothing(object) ? NONE : [{ instance: object.name, scope }];
}

const START_LIMIT_MS = 10 * 60_000;

const startLimitMs = remember(({ values }: ResolvedSpec): number => {
  const text = values["vm.start_timeout"];
  return typeof text === "string" ? parseDuration(text) : START_LIMIT_MS;
});

export const timeoutMs = (context: DecideContext): number => {
  const wanted = context.spec === null ? START_LIMIT_MS : startLimitMs(context.spec);
  // Emulated guests boot ten times slower; a limit meant for hardware must not kill them.
  return context.world.host.isEmulated ? wanted * 3 : wanted;
};

/** The golden image that new workers are cloned from; null where it is unknown or cannot be built. Units: bytes. */
export const offeredImage = ({ outputs }: DecideContext): OfferedImage | null => offerIn(outputs.get(GOLDEN));

interface OfferedImage {
  readonly instance: string;
  readonly diskBytes: number;
}

const offerIn = rememberLast((outputs: JsonObject | undefined): OfferedImage | null => {
  const { instance, diskBytes } = outputs ?? {};
  return typeof instance === "string" ? { instance, diskBytes: Number(diskBytes ?? 0) } : null;
});
