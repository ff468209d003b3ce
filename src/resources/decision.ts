import { type Decided, type Decision, NO_OUTPUTS, type StepDraft } from "./kind.js";

/*
 * The three values that rules return, with what most of them have. Each field is named: a plan may hold hundreds of
 * thousands of them, and spreading defaults would take most of its time. They share what is empty.
 */

export const NONE: readonly never[] = [];

/** A decision: no steps, nobody endangered, nothing replaced unless said. */
export function decisionOf(given: Pick<Decision, "address" | "instance" | "action"> & Partial<Decision>): Decision {
  const { address, instance, action, reasons = NONE, before = null, after = null, replaced = null } = given;
  const { basis = NONE, steps = NONE, endangers = NONE, asks = NONE, wasBroken = false } = given;
  return { address, instance, action, reasons, before, after, replaced, basis, steps, endangers, asks, wasBroken };
}

type DraftGiven = Pick<StepDraft, "verb" | "instance" | "class" | "timeoutMs" | "inputs"> & Partial<StepDraft>;

/** A step: it ends before an interrupt does, is tried once, waits for nothing and counts in no rollout unless said. */
export function draftOf(given: DraftGiven): StepDraft {
  const { verb, instance, class: limit, timeoutMs, inputs, onInterrupt = "finish", retries = 0 } = given;
  const { afterAddresses = NONE, afterInstances = NONE, rollout = null } = given;
  return {
    verb,
    instance,
    class: limit,
    onInterrupt,
    timeoutMs,
    retries,
    inputs,
    afterAddresses,
    afterInstances,
    rollout,
  };
}

/** What a kind decides about an address: nothing, unless said. */
export function decidedOf({
  decisions = NONE,
  outputs = NO_OUTPUTS,
  problems = NONE,
  notes = NONE,
}: Partial<Decided>): Decided {
  return { decisions, outputs, problems, notes };
}
