import type { Address, DesiredNode } from "../resources/kind.js";
import { createAddressMap } from "./address-map.js";
import type { PlanInput } from "./input.js";

/**
 * The desired graph: every kind's nodes in registry order, keyed by address.
 *
 * Shape: dependencies come before dependents (a kind sees only the nodes compiled before it), so the graph has no cycle.
 */
export function compile(input: PlanInput): ReadonlyMap<Address, DesiredNode> {
  const desired = createAddressMap<DesiredNode>();
  const { spec, project, owner, sources, world } = input;
  if (spec === null || input.intent.kind === "destroy") return desired;
  for (const rules of input.rules) {
    for (const node of rules.compile({ spec, project, owner, host: world.host, sources, desired })) {
      desired.set(node.address, node);
    }
  }
  return desired;
}
