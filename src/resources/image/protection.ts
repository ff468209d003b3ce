import { decisionOf, draftOf } from "../decision.js";
import type { Address, Decision, InstanceFacts } from "../kind.js";

const LIMIT_MS = 2 * 60_000;

/** Gives a sealed image its protection against deletion back, where somebody took it away. */
export function protection(address: Address, object: InstanceFacts): Decision {
  return decisionOf({
    address,
    instance: object.name,
    action: "update",
    reasons: [{ code: "unprotected", text: "it is no longer protected against deletion" }],
    before: { protected: false },
    after: { protected: true },
    basis: [object],
    steps: [draftOf({ verb: "protect", instance: object.name, class: "light", timeoutMs: LIMIT_MS, inputs: {} })],
  });
}
