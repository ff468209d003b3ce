import { slotOf } from "../resources/address.js";
import type { Address, Decision } from "../resources/kind.js";

/** Edges `[before, after]` between keys of steps. */
export type Edge = readonly [before: string, after: string];

export interface RolloutLimits {
  readonly surge: number;
  readonly unavailable: number;
}

/** What the rollout needs to know of a decision's steps: keys of the first and last step of each leg. */
export interface RolloutLegs {
  readonly decision: Decision;
  /** Brings the new one to readiness. Empty for a pure deletion. */
  readonly make: readonly string[];
  /** Takes the old one away. Empty where there is no old one. */
  readonly end: readonly string[];
}

/**
 * Orders replacements so that every schedule keeps both limits at every instant: total ≤ N + surge, available ≥
 * min(N − b, N − unavailable) with b broken at the start.
 *
 * Missing slots count as broken and already deleted; broken ones come first, then by slot. Surplus workers go before
 * anything is made. In-place updates come after the replacements, at most max(1, unavailable) at a time.
 * Shape: indices fall along every path, so the edges have no cycle.
 * Source: design page §4; docs/decisions.md, "Rolling replacement".
 */
export function rolloutEdges(legs: readonly RolloutLegs[], limits: RolloutLimits): readonly Edge[] {
  const surplus = legs.filter(({ decision }) => decision.action === "delete");
  const victims = legs
    .filter(({ decision }) => decision.action === "create" || decision.action === "replace")
    .sort((left, right) => order(left.decision) - order(right.decision) || slot(left) - slot(right));
  const updates = legs
    .filter(({ decision }) => decision.action === "update")
    .sort((left, right) => slot(left) - slot(right));
  return [...surplusEdges(surplus, victims), ...victimEdges(victims, limits), ...updateEdges(victims, updates, limits)];
}

/** Missing, then broken, then healthy. */
function order(decision: Decision): number {
  if (decision.action === "create") return 0;
  return decision.wasBroken ? 1 : 2;
}

const slot = ({ decision }: RolloutLegs): number => slotOf(decision.address as Address);

function surplusEdges(surplus: readonly RolloutLegs[], victims: readonly RolloutLegs[]): Edge[] {
  const ends = surplus.flatMap(({ end }) => end.slice(-1));
  const starts = victims.flatMap(({ make, end }) => [...make.slice(0, 1), ...end.slice(0, 1)]);
  return ends.flatMap((before) => starts.map((after): Edge => [before, after]));
}

function victimEdges(victims: readonly RolloutLegs[], { surge, unavailable }: RolloutLimits): Edge[] {
  const broken = victims.filter(({ decision }) => order(decision) < 2).length;
  const spare = Math.max(unavailable - broken, 0);
  const edges: Edge[] = [];
  victims.forEach(({ make, end }, index) => {
    const freed = victims[index - surge]?.end.at(-1);
    const [firstMake] = make;
    if (freed !== undefined && firstMake !== undefined) edges.push([freed, firstMake]);
    const healthyIndex = index - broken;
    const ready = healthyIndex >= spare ? victims[healthyIndex - spare]?.make.at(-1) : undefined;
    const [firstEnd] = end;
    if (healthyIndex >= 0 && ready !== undefined && firstEnd !== undefined) edges.push([ready, firstEnd]);
  });
  return edges;
}

function updateEdges(
  victims: readonly RolloutLegs[],
  updates: readonly RolloutLegs[],
  { unavailable }: RolloutLimits,
): Edge[] {
  const window = Math.max(1, unavailable);
  const edges: Edge[] = [];
  const lastOf = ({ make, end }: RolloutLegs) => [...make.slice(-1), ...end.slice(-1)];
  updates.forEach(({ make }, index) => {
    const [first] = make;
    if (first === undefined) return;
    const previous = updates[index - window]?.make.at(-1);
    if (previous !== undefined) edges.push([previous, first]);
    if (index < window)
      edges.push(...victims.flatMap((victim) => lastOf(victim).map((before): Edge => [before, first])));
  });
  return edges;
}
