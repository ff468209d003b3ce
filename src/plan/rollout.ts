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
 * nothing is made that would be more than N + surge, and available ≥ min(N − b, N − unavailable), with b unavailable at
 * the start, both by instances and by slots.
 *
 * All that becomes ready stands in one sequence: missing, then unavailable, then healthy ones, each by slot; the first b
 * wait for nothing but room. With V = max(unavailable − b, 0), the h-th healthy one is taken away when the (h − V)-th of
 * the sequence is ready and its old one gone; the i-th new object is made when the old one of the (i − surge)-th new one
 * is gone. Before any object is made all surplus is gone.
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
  const order: Order = { sequence, gates: gatesOf(sequence, limits), rooms: roomsOf(sequence, limits) };
  return [...orderEdges(order), ...surplusEdges(surplus, order)];
}

interface Placed extends RolloutLegs {
  readonly rank: number;
}

interface Order {
  readonly sequence: readonly Placed[];
  /** By what is taken away: what must be ready before. */
  readonly gates: ReadonlyMap<Placed, Placed>;
  /** By what is made: whose old one must be gone before. */
  readonly rooms: ReadonlyMap<Placed, Placed>;
}

/** Missing, then unavailable, then healthy. */
function rank({ decision }: RolloutLegs): number {
  if (decision.action === "create") return 0;
  return decision.wasBroken ? 1 : 2;
}

const isNew = ({ decision: { action } }: RolloutLegs): boolean => action === "create" || action === "replace";

/** Availability: healthy ones are taken away as others become ready. */
function gatesOf(sequence: readonly Placed[], { unavailable }: RolloutLimits): Order["gates"] {
  const broken = sequence.filter((leg) => leg.rank < 2).length;
  const spare = Math.max(unavailable - broken, 0);
  const gates = new Map<Placed, Placed>();
  let lastUpdate: Placed | undefined;
  sequence.slice(broken).forEach((leg, index) => {
    const isImpossible = broken + spare === 0 && !isNew(leg);
    const gate = isImpossible ? lastUpdate : index >= spare ? sequence[index - spare] : undefined;
    if (isImpossible) lastUpdate = leg;
    if (gate !== undefined) gates.set(leg, gate);
  });
  return gates;
}

/** Total: an object is made when an old one has gone. */
function roomsOf(sequence: readonly Placed[], { surge }: RolloutLimits): Order["rooms"] {
  const made = sequence.filter(isNew);
  return new Map(
    made.flatMap((leg, index): [Placed, Placed][] => {
      const room = made[index - surge];
      return room === undefined ? [] : [[leg, room]];
    }),
  );
}

function orderEdges({ gates, rooms }: Order): readonly Edge[] {
  const ready = [...gates].flatMap(([leg, gate]) => edge(gate.make.at(-1), leg.end[0]));
  // A slot with both an old and a new one is one slot: only when the old one is gone does the new one stand for it.
  const gone = [...gates].flatMap(([leg, gate]) => (gate === leg ? [] : edge(gate.end.at(-1), leg.end[0])));
  const made = [...rooms].flatMap(([leg, room]) => edge(room.end.at(-1), leg.make[0]));
  return [...ready, ...gone, ...made];
}

/**
 * Surplus goes before anything is made. Only those are told so that do not wait for one that was told: the rest follows
 * from the other edges.
 */
function surplusEdges(surplus: readonly string[], { sequence, gates, rooms }: Order): readonly Edge[] {
  if (surplus.length === 0) return [];
  // What becomes ready only after the surplus is gone.
  const covered = new Set<Placed>();
  const isCovered = (leg: Placed | undefined) => leg !== undefined && covered.has(leg);
  return sequence.flatMap((leg): readonly Edge[] => {
    if (!isNew(leg)) {
      if (isCovered(gates.get(leg))) covered.add(leg);
      return [];
    }
    const room = rooms.get(leg);
    const isTold = room !== undefined && room.end.length > 0 && isCovered(gates.get(room));
    covered.add(leg);
    return isTold ? [] : surplus.flatMap((end) => edge(end, leg.make[0]));
  });
}

function edge(before: string | undefined, after: string | undefined): readonly Edge[] {
  return before === undefined || after === undefined ? [] : [[before, after]];
}
