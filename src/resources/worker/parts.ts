import { parseDuration } from "../../util/duration.js";
import { makeAddress } from "../address.js";
import { decisionOf } from "../decision.js";
import type { Action, Danger, DecideContext, Decided, Decision, InstanceFacts, Reason } from "../kind.js";
import { holdsNothing, statusOf } from "./status.js";

const GOLDEN = makeAddress("image", "golden");

/** A decision about an existing object, without steps. */
export function base(
  context: DecideContext,
  object: InstanceFacts,
  action: Action,
  reasons: readonly Reason[],
): Decision {
  const { name, cpus, memoryBytes, diskBytes } = object;
  const before = { instance: name, status: statusOf(object), cpus, memoryBytes, diskBytes };
  return decisionOf({
    address: context.address,
    instance: name,
    action,
    reasons,
    before,
    after: before,
    basis: [object],
  });
}

export const nothing = (): Decided => ({ decisions: [], outputs: {}, problems: [], notes: [] });
export const only = (decision: Decision): Decided => ({ ...nothing(), decisions: [decision] });

export function dangers(object: InstanceFacts, scope: Danger["scope"]): readonly Danger[] {
  return holdsNothing(object) ? [] : [{ instance: object.name, scope }];
}

export const timeoutMs = (context: DecideContext): number => {
  const text = context.spec?.values["vm.start_timeout"];
  const wanted = parseDuration(typeof text === "string" ? text : "10m");
  // Emulated guests boot ten times slower; a limit meant for hardware must not kill them.
  return context.world.host.isEmulated ? wanted * 3 : wanted;
};

/** The golden image that new workers are cloned from; null where it is unknown or cannot be built. Units: bytes. */
export function offeredImage(context: DecideContext): { readonly instance: string; readonly diskBytes: number } | null {
  const { instance, diskBytes } = context.outputs.get(GOLDEN) ?? {};
  return typeof instance === "string" ? { instance, diskBytes: Number(diskBytes ?? 0) } : null;
}
