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
    .map((leg) => ({ leg, rank: rank(leg), slot: slotOf(leg.decision.address) }))
    .sort((left, right) => left.rank - right.rank || left.slot - right.slot);
  const order: Order<Key> = {
    legs: sequence.map(({ leg }) => leg),
    gates: gatesOf(sequence, limits),
    rooms: roomsOf(sequence, limits),
  };
  const edges: Edge<Key>[] = [];
  const add = (before: Key | undefined, after: Key | undefined): void => {
    if (before !== undefined && after !== undefined) edges.push([before, after]);
  };
  addOrderEdges(order, add);
  addSurplusEdges(surplus, order, add);
  return edges;
}

interface Ranked {
  readonly leg: Pick<RolloutLegs, "decision">;
  readonly rank: number;
}

/** By places in the sequence; -1 = none. */
interface Order<Key> {
  readonly legs: readonly RolloutLegs<Key>[];
  /** By what is taken away: what must be ready before. */
  readonly gates: Int32Array;
  /** By what is made: whose old one must be gone before. */
  readonly rooms: Int32Array;
}

type AddEdge<Key> = (before: Key | undefined, after: Key | undefined) => void;

/** Missing, then unavailable, then healthy. */
function rank({ decision }: Pick<RolloutLegs, "decision">): number {
  if (decision.action === "create") return 0;
  return decision.wasBroken ? 1 : 2;
}

const isNew = ({ decision: { action } }: Pick<RolloutLegs, "decision">): boolean =>
  action === "create" || action === "replace";

/** Availability: healthy ones are taken away as others become ready. */
function gatesOf(sequence: readonly Ranked[], { unavailable }: RolloutLimits): Int32Array {
  const broken = sequence.filter((ranked) => ranked.rank < 2).length;
  const spare = Math.max(unavailable - broken, 0);
  const gates = new Int32Array(sequence.length).fill(-1);
  let lastUpdate = -1;
  sequence.forEach(({ leg }, place) => {
    if (place < broken) return;
    const isImpossible = broken + spare === 0 && !isNew(leg);
    gates[place] = isImpossible ? lastUpdate : place - broken >= spare ? place - broken - spare : -1;
    if (isImpossible) lastUpdate = place;
  });
  return gates;
}

/** Total: an object is made when an old one has gone. */
function roomsOf(sequence: readonly Ranked[], { surge }: RolloutLimits): Int32Array {
  const rooms = new Int32Array(sequence.length).fill(-1);
  const made: number[] = [];
  sequence.forEach(({ leg }, place) => {
    if (!isNew(leg)) return;
    made.push(place);
    rooms[place] = made[made.length - 1 - surge] ?? -1;
  });
  return rooms;
}

function addOrderEdges<Key>({ legs, gates, rooms }: Order<Key>, add: AddEdge<Key>): void {
  legs.forEach((leg, place) => {
    const gate = legs[gates[place] as number];
    if (gate !== undefined) {
      add(gate.make.at(-1), leg.end[0]);
      // A slot with both an old and a new one is one slot: only when the old one is gone does the new one stand for it.
      if (gate !== leg) add(gate.end.at(-1), leg.end[0]);
    }
    const room = legs[rooms[place] as number];
    if (room !== undefined) add(room.end.at(-1), leg.make[0]);
  });
}

/**
 * Surplus goes before anything is made. Only those are told so that do not wait for one that was told: the rest follows
 * from the other edges.
 */
function addSurplusEdges<Key>(surplus: readonly Key[], { legs, gates, rooms }: Order<Key>, add: AddEdge<Key>): void {
  if (surplus.length === 0) return;
  // What becomes ready only after the surplus is gone, by place in the sequence.
  const covered = new Set<number>();
  legs.forEach((leg, place) => {
    if (!isNew(leg)) {
      if (covered.has(gates[place] as number)) covered.add(place);
      return;
    }
    const room = rooms[place] as number;
    const isTold = (legs[room]?.end.length ?? 0) > 0 && covered.has(gates[room] ?? -1);
    covered.add(place);
    if (!isTold) for (const end of surplus) add(end, leg.make[0]);
  });
}
