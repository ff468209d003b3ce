import { slotOf } from "../resources/address.js";
import type { Decision } from "../resources/kind.js";

/** Edges `[before, after]` between keys of steps. */
export type Edge = readonly [before: string, after: string];

export interface RolloutLimits {
  readonly surge: number;
  readonly unavailable: number;
}

/** What the rollout needs to know of a decision: keys of the steps of each leg, in their order. */
export interface RolloutLegs {
  readonly decision: Pick<Decision, "action" | "address" | "wasBroken">;
  /** Brings an object to readiness. Empty for a pure deletion. */
  readonly make: readonly string[];
  /** Takes one away: the old one, or the same one for the time of an update. Empty where nothing is taken away. */
  readonly end: readonly string[];
}

/**
 * Orders what makes and what takes away, so that every schedule and every failure keeps both limits at every instant:
 * total ≤ N + surge once the surplus is gone, available ≥ min(N − b, N − unavailable), with b unavailable at the start.
 *
 * All that becomes ready stands in one sequence: missing, then unavailable, then healthy ones, each by slot; the first b
 * wait for nothing but room. With V = max(unavailable − b, 0), the h-th healthy one is taken away when the (h − V)-th of
 * the sequence is ready; the i-th new object is made when the old one of the (i − surge)-th new one is gone. Before any
 * object is made all surplus is gone.
 *
 * An update takes its own object away and cannot be made ready first; where that alone breaks the limit (unavailable and
 * b are 0), updates go one at a time.
 *
 * Shape: indices fall along every path, so the edges have no cycle; their number is linear as long as few objects are
 * made at once (surge, unavailable and b small), else at most surplus × made.
 * Source: design page §4; docs/decisions.md, "Rolling replacement".
 */
export function rolloutEdges(legs: readonly RolloutLegs[], limits: RolloutLimits): readonly Edge[] {
  const surplus = legs.filter(({ decision }) => decision.action === "delete").flatMap(({ end }) => end.slice(-1));
  const sequence = legs
    .filter(({ make }) => make.length > 0)
    .map((leg) => ({ ...leg, rank: rank(leg), slot: slotOf(leg.decision.address) }))
    .sort((left, right) => left.rank - right.rank || left.slot - right.slot);
  const gates = gatesOf(sequence, limits);
  const room = roomFor(sequence, limits);
  return [...gates, ...room, ...surplusEdges(surplus, sequence, { gates, room })];
}

interface Placed extends RolloutLegs {
  readonly rank: number;
}

/** Missing, then unavailable, then healthy. */
function rank({ decision }: RolloutLegs): number {
  if (decision.action === "create") return 0;
  return decision.wasBroken ? 1 : 2;
}

const isNew = ({ decision: { action } }: RolloutLegs): boolean => action === "create" || action === "replace";

/** Availability: healthy ones are taken away as others become ready. */
function gatesOf(sequence: readonly Placed[], { unavailable }: RolloutLimits): readonly Edge[] {
  const broken = sequence.filter((leg) => leg.rank < 2).length;
  const spare = Math.max(unavailable - broken, 0);
  let lastUpdate: Placed | undefined;
  return sequence.slice(broken).flatMap((leg, index) => {
    const isImpossible = broken + spare === 0 && !isNew(leg);
    const gate = isImpossible ? lastUpdate : index >= spare ? sequence[index - spare] : undefined;
    if (isImpossible) lastUpdate = leg;
    return edge(gate?.make.at(-1), leg.end[0]);
  });
}

/** Total: an object is made when an old one has gone. */
function roomFor(sequence: readonly Placed[], { surge }: RolloutLimits): readonly Edge[] {
  const made = sequence.filter(isNew);
  return made.flatMap((leg, index) => edge(made[index - surge]?.end.at(-1), leg.make[0]));
}

/**
 * Surplus goes before anything is made. Only those are told so that do not wait for one that was told: the rest follows
 * from the other edges.
 */
function surplusEdges(
  surplus: readonly string[],
  sequence: readonly Placed[],
  { gates, room }: { readonly gates: readonly Edge[]; readonly room: readonly Edge[] },
): readonly Edge[] {
  if (surplus.length === 0) return [];
  const gateOf = new Map(gates.map(([before, after]) => [after, before]));
  const roomOf = new Map(room.map(([before, after]) => [after, before]));
  const firstOfEnd = new Map(sequence.map(({ end }) => [end.at(-1) ?? "", end[0] ?? ""]));
  // Last steps of what is known to become ready only after the surplus is gone.
  const covered = new Set<string>();
  const edges: Edge[] = [];
  for (const leg of sequence) {
    const [first = ""] = leg.make;
    const last = leg.make.at(-1) ?? "";
    if (!isNew(leg)) {
      if (covered.has(gateOf.get(leg.end[0] ?? "") ?? "")) covered.add(last);
      continue;
    }
    const taken = firstOfEnd.get(roomOf.get(first) ?? "") ?? "";
    if (!covered.has(gateOf.get(taken) ?? "")) for (const end of surplus) edges.push([end, first]);
    covered.add(last);
  }
  return edges;
}

function edge(before: string | undefined, after: string | undefined): readonly Edge[] {
  return before === undefined || after === undefined ? [] : [[before, after]];
}
