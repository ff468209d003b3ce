import { type Adjacency, createGraph, type Graph } from "./graph.js";

/**
 * Either every node in an order that puts dependencies first, or a cycle that makes one impossible.
 *
 * Shape: `cycle` names each node once, each depending on the next and the last on the first; it starts at the node that
 * was inserted first.
 */
export type Ordering<Key> =
  | { readonly kind: "ordered"; readonly keys: readonly Key[] }
  | { readonly kind: "cycle"; readonly cycle: readonly Key[] };

/**
 * Orders a graph so that each node comes after all that it depends on.
 *
 * Shape: stable: nodes come in order of insertion, each preceded only by those of its dependencies that have not come
 * yet; an insertion order that is valid already is returned unchanged.
 */
export function order<Key>({ keys, dependencies }: Pick<Graph<Key>, "keys" | "dependencies">): Ordering<Key> {
  const found = orderPlaces(dependencies);
  const keysAt = (places: Iterable<number>) => Array.from(places, (place) => keys[place] as Key);
  return found.kind === "cycle"
    ? { kind: "cycle", cycle: keysAt(found.cycle) }
    : { kind: "ordered", keys: keysAt(found.places) };
}

/** As `Ordering`, of places. */
export type PlaceOrdering =
  | { readonly kind: "ordered"; readonly places: Uint32Array }
  | { readonly kind: "cycle"; readonly cycle: readonly number[] };

/** `order` of the places themselves: keys of many nodes need not be looked up then. */
export function orderPlaces(dependencies: Adjacency): PlaceOrdering {
  const count = dependencies.starts.length - 1;
  const walk: Walk = {
    status: new Uint8Array(count),
    nextEdge: dependencies.starts.slice(0, count),
    path: new Uint32Array(count),
    depth: 0,
    ended: new Uint32Array(count),
    endedCount: 0,
  };
  for (let start = 0; start < count; start += 1) {
    const closedBy = walk.status[start] === UNSEEN ? descend(dependencies, walk, start) : null;
    if (closedBy !== null) return { kind: "cycle", cycle: cycleOf([...walk.path.subarray(0, walk.depth)], closedBy) };
  }
  return { kind: "ordered", places: walk.ended };
}

/** Thrown where the caller's own rules exclude cycles, so that one is a defect. Shape of `cycle` as in `Ordering`. */
export class CycleError<Key = unknown> extends Error {
  readonly cycle: readonly Key[];
  constructor(cycle: readonly Key[]) {
    super(`cycle: ${[...cycle, cycle[0]].map(String).join(" → ")}`);
    this.name = "CycleError";
    this.cycle = cycle;
  }
}

/**
 * Keys in the order of `order`, from a function that tells what each depends on.
 *
 * Errors: CycleError; RangeError for a dependency that is not among the keys.
 */
export function topologicalOrder<Key>(
  keys: readonly Key[],
  dependenciesOf: (key: Key) => Iterable<Key>,
): readonly Key[] {
  const result = order(createGraph(keys, edgesOf(keys, dependenciesOf)));
  if (result.kind === "cycle") throw new CycleError(result.cycle);
  return result.keys;
}

function* edgesOf<Key>(
  keys: readonly Key[],
  dependenciesOf: (key: Key) => Iterable<Key>,
): Generator<readonly [Key, Key]> {
  for (const key of keys) for (const dependency of dependenciesOf(key)) yield [key, dependency];
}

const UNSEEN = 0;
const ON_PATH = 1;
const ENDED = 2;

/**
 * A depth-first walk with its own stack: a chain of 100,000 nodes must not meet the limit of the call stack.
 *
 * Shape: the first `depth` of `path` are the way to where the walk is; the first `endedCount` of `ended` are done.
 */
interface Walk {
  readonly status: Uint8Array;
  /** Per node, the edge that is followed next. */
  readonly nextEdge: Uint32Array;
  readonly path: Uint32Array;
  depth: number;
  readonly ended: Uint32Array;
  endedCount: number;
}

/** Walks all that `start` needs; returns the place that closes a cycle with the path, or null. */
function descend({ starts, targets }: Adjacency, walk: Walk, start: number): number | null {
  // Not `neighbours`: a view of the list for each step of the walk would cost more than the walk.
  enter(walk, start);
  while (walk.depth > 0) {
    const place = walk.path[walk.depth - 1] as number;
    const edge = walk.nextEdge[place] as number;
    if (edge === starts[place + 1]) {
      walk.status[place] = ENDED;
      walk.ended[walk.endedCount++] = place;
      walk.depth -= 1;
      continue;
    }
    walk.nextEdge[place] = edge + 1;
    const target = targets[edge] as number;
    if (walk.status[target] === ON_PATH) return target;
    if (walk.status[target] === UNSEEN) enter(walk, target);
  }
  return null;
}

function enter(walk: Walk, place: number): void {
  walk.status[place] = ON_PATH;
  walk.path[walk.depth++] = place;
}

/** The closing part of the path, turned so that it starts at the earliest node. */
function cycleOf(path: readonly number[], closedBy: number): readonly number[] {
  const cycle = path.slice(path.indexOf(closedBy));
  const first = cycle.reduce((least, place) => Math.min(least, place), Number.POSITIVE_INFINITY);
  const turn = cycle.indexOf(first);
  return [...cycle.slice(turn), ...cycle.slice(0, turn)];
}
