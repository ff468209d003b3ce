import { slotOf } from "../resources/address.js";
import type { Decision } from "../resources/kind.js";

/** Edges `[before, after]` between keys of steps: their ids, or their places in a list. */
export type Edge<Key = string> = readonly [before: Key, after: Key];

export interface RolloutLimits {
  readonly surge: number;
  readonly unavailable: number;
}

/** What the rollout needs to know of a decision: keys of the steps of each leg, in their order. */
export interface RolloutLegs<Key = string> {
  readonly decision: Pick<Decision, "action" | "address" | "wasBroken">;
  /** Brings an object to readiness. Empty for a pure deletion. */
  readonly make: readonly Key[];
  /** Takes one away: the old one, or the same one for the time of an update. Empty where nothing is taken away. */
  readonly end: readonly Key[];
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
export function rolloutEdges<Key>(legs: readonly RolloutLegs<Key>[], limits: RolloutLimits): readonly Edge<Key>[] {
  const surplus = legs.filter(({ decision }) => decision.action === "delete").flatMap(({ end }) => end.slice(-1));
  const sequence = legs
    .filter(({ make }) => make.length > 0)
    .map((leg) => ({ ...leg, rank: rank(leg), slot: slotOf(leg.decision.address) }))
    .sort((left, right) => left.rank - right.rank || left.slot - right.slot);
  const order: Order<Key> = { sequence, gates: gatesOf(sequence, limits), rooms: roomsOf(sequence, limits) };
  return [...orderEdges(order), ...surplusEdges(surplus, order)];
}

interface Placed<Key> extends RolloutLegs<Key> {
  readonly rank: number;
}

interface Order<Key> {
  readonly sequence: readonly Placed<Key>[];
  /** By what is taken away: what must be ready before. */
  readonly gates: ReadonlyMap<Placed<Key>, Placed<Key>>;
  /** By what is made: whose old one must be gone before. */
  readonly rooms: ReadonlyMap<Placed<Key>, Placed<Key>>;
}

/** Missing, then unavailable, then healthy. */
function rank({ decision }: Pick<RolloutLegs, "decision">): number {
  if (decision.action === "create") return 0;
  return decision.wasBroken ? 1 : 2;
}

const isNew = ({ decision: { action } }: Pick<RolloutLegs, "decision">): boolean =>
  action === "create" || action === "replace";

/** Availability: healthy ones are taken away as others become ready. */
function gatesOf<Key>(sequence: readonly Placed<Key>[], { unavailable }: RolloutLimits): Order<Key>["gates"] {
  const broken = sequence.filter((leg) => leg.rank < 2).length;
  const spare = Math.max(unavailable - broken, 0);
  const gates = new Map<Placed<Key>, Placed<Key>>();
  let lastUpdate: Placed<Key> | undefined;
  sequence.slice(broken).forEach((leg, index) => {
    const isImpossible = broken + spare === 0 && !isNew(leg);
    const gate = isImpossible ? lastUpdate : index >= spare ? sequence[index - spare] : undefined;
    if (isImpossible) lastUpdate = leg;
    if (gate !== undefined) gates.set(leg, gate);
  });
  return gates;
}

/** Total: an object is made when an old one has gone. */
function roomsOf<Key>(sequence: readonly Placed<Key>[], { surge }: RolloutLimits): Order<Key>["rooms"] {
  const made = sequence.filter(isNew);
  return new Map(
    made.flatMap((leg, index): [Placed<Key>, Placed<Key>][] => {
      const room = made[index - surge];
      return room === undefined ? [] : [[leg, room]];
    }),
  );
}

function orderEdges<Key>({ gates, rooms }: Order<Key>): readonly Edge<Key>[] {
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
function surplusEdges<Key>(surplus: readonly Key[], { sequence, gates, rooms }: Order<Key>): readonly Edge<Key>[] {
  if (surplus.length === 0) return [];
  // What becomes ready only after the surplus is gone.
  const covered = new Set<Placed<Key>>();
  const isCovered = (leg: Placed<Key> | undefined) => leg !== undefined && covered.has(leg);
  return sequence.flatMap((leg): readonly Edge<Key>[] => {
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

function edge<Key>(before: Key | undefined, after: Key | undefined): readonly Edge<Key>[] {
  return before === undefined || after === undefined ? [] : [[before, after]];
}
