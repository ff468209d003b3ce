import type { Decision } from "../resources/kind.js";

export interface RolloutLimits {
  readonly surge: number;
  readonly unavailable: number;
}

/**
 * What the rollout needs to know of a decision: places of the first and the last step of each leg; -1 = none.
 *
 * `make` brings an object to readiness; a pure deletion has none. `end` takes one away: the old one, or the same one for
 * the time of an update.
 */
export interface RolloutLegs {
  readonly decision: Pick<Decision, "action" | "wasBroken">;
  readonly slot: number;
  readonly firstMake: number;
  readonly lastMake: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
}

export type AddEdge = (before: number, after: number) => void;

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
export function rolloutEdges(legs: readonly RolloutLegs[], limits: RolloutLimits, addEdge: AddEdge): void {
  const surplus = legs.filter(({ decision }) => decision.action === "delete").map(({ lastEnd }) => lastEnd);
  const sequence = sequenceOf(legs);
  const order: Order = { legs: sequence, gates: gatesOf(sequence, limits), rooms: roomsOf(sequence, limits) };
  const add: AddEdge = (before, after) => {
    if (before !== -1 && after !== -1) addEdge(before, after);
  };
  addOrderEdges(order, add);
  addSurplusEdges(surplus, order, add);
}

/** By places in the sequence; -1 = none. */
interface Order {
  readonly legs: readonly RolloutLegs[];
  /** By what is taken away: what must be ready before. */
  readonly gates: Int32Array;
  /** By what is made: whose old one must be gone before. */
  readonly rooms: Int32Array;
}

/** All that becomes ready, by rank, then by slot. */
function sequenceOf(legs: readonly RolloutLegs[]): readonly RolloutLegs[] {
  const making = legs.filter(({ firstMake }) => firstMake !== -1);
  return making.sort((left, right) => rank(left) - rank(right) || left.slot - right.slot);
}

/** Missing, then unavailable, then healthy. */
function rank({ decision }: RolloutLegs): number {
  if (decision.action === "create") return 0;
  return decision.wasBroken ? 1 : 2;
}

const isNew = ({ decision: { action } }: RolloutLegs): boolean => action === "create" || action === "replace";

/** Availability: healthy ones are taken away as others become ready. */
function gatesOf(sequence: readonly RolloutLegs[], { unavailable }: RolloutLimits): Int32Array {
  const broken = sequence.filter((leg) => rank(leg) < 2).length;
  const spare = Math.max(unavailable - broken, 0);
  const gates = new Int32Array(sequence.length).fill(-1);
  let lastUpdate = -1;
  sequence.forEach((leg, place) => {
    if (place < broken) return;
    const isImpossible = broken + spare === 0 && !isNew(leg);
    gates[place] = isImpossible ? lastUpdate : place - broken >= spare ? place - broken - spare : -1;
    if (isImpossible) lastUpdate = place;
  });
  return gates;
}

/** Total: an object is made when an old one has gone. */
function roomsOf(sequence: readonly RolloutLegs[], { surge }: RolloutLimits): Int32Array {
  const rooms = new Int32Array(sequence.length).fill(-1);
  const made: number[] = [];
  sequence.forEach((leg, place) => {
    if (!isNew(leg)) return;
    made.push(place);
    rooms[place] = made[made.length - 1 - surge] ?? -1;
  });
  return rooms;
}

function addOrderEdges({ legs, gates, rooms }: Order, add: AddEdge): void {
  legs.forEach((leg, place) => {
    const gate = legs[gates[place] as number];
    if (gate !== undefined) {
      add(gate.lastMake, leg.firstEnd);
      // A slot with both an old and a new one is one slot: only when the old one is gone does the new one stand for it.
      if (gate !== leg) add(gate.lastEnd, leg.firstEnd);
    }
    const room = legs[rooms[place] as number];
    if (room !== undefined) add(room.lastEnd, leg.firstMake);
  });
}

/**
 * Surplus goes before anything is made. Only those are told so that do not wait for one that was told: the rest follows
 * from the other edges.
 */
function addSurplusEdges(surplus: readonly number[], { legs, gates, rooms }: Order, add: AddEdge): void {
  if (surplus.length === 0) return;
  // What becomes ready only after the surplus is gone, by place in the sequence.
  const covered = new Set<number>();
  legs.forEach((leg, place) => {
    if (!isNew(leg)) {
      if (covered.has(gates[place] as number)) covered.add(place);
      return;
    }
    const room = rooms[place] as number;
    const isTold = (legs[room]?.lastEnd ?? -1) !== -1 && covered.has(gates[room] ?? -1);
    covered.add(place);
    if (!isTold) for (const end of surplus) add(end, leg.firstMake);
  });
}
