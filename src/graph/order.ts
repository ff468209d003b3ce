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
  const keysAt = (places: readonly number[]) => places.map((place) => keys[place] as Key);
  return found.kind === "cycle"
    ? { kind: "cycle", cycle: keysAt(found.cycle) }
    : { kind: "ordered", keys: keysAt(found.keys) };
}

/** `order` of the places themselves: keys of many nodes need not be looked up then. */
export function orderPlaces(dependencies: Adjacency): Ordering<number> {
  const count = dependencies.starts.length - 1;
  const walk: Walk = { status: new Uint8Array(count), nextEdge: new Uint32Array(count), path: [], ended: [] };
  for (let start = 0; start < count; start += 1) {
    const closedBy = walk.status[start] === UNSEEN ? descend(dependencies, walk, start) : null;
    if (closedBy !== null) return { kind: "cycle", cycle: cycleOf(walk.path, closedBy) };
  }
  return { kind: "ordered", keys: walk.ended };
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

/** A depth-first walk with its own stack: a chain of 100,000 nodes must not meet the limit of the call stack. */
interface Walk {
  readonly status: Uint8Array;
  /** Per node, how many of its edges have been followed. */
  readonly nextEdge: Uint32Array;
  readonly path: number[];
  readonly ended: number[];
}

/** Walks all that `start` needs; returns the place that closes a cycle with the path, or null. */
function descend({ starts, targets }: Adjacency, walk: Walk, start: number): number | null {
  // Not `neighbours`: a view of the list for each step of the walk would cost more than the walk.
  enter(walk, start);
  for (let place = walk.path.at(-1); place !== undefined; place = walk.path.at(-1)) {
    const edge = walk.nextEdge[place] ?? 0;
    const target = targets[(starts[place] ?? 0) + edge];
    if (target === undefined || (starts[place] ?? 0) + edge >= (starts[place + 1] ?? 0)) {
      walk.status[place] = ENDED;
      walk.ended.push(place);
      walk.path.pop();
      continue;
    }
    walk.nextEdge[place] = edge + 1;
    if (walk.status[target] === ON_PATH) return target;
    if (walk.status[target] === UNSEEN) enter(walk, target);
  }
  return null;
}

function enter(walk: Walk, place: number): void {
  walk.status[place] = ON_PATH;
  walk.path.push(place);
}

/** The closing part of the path, turned so that it starts at the earliest node. */
function cycleOf(path: readonly number[], closedBy: number): readonly number[] {
  const cycle = path.slice(path.indexOf(closedBy));
  const first = cycle.reduce((least, place) => Math.min(least, place), Number.POSITIVE_INFINITY);
  const turn = cycle.indexOf(first);
  return [...cycle.slice(turn), ...cycle.slice(0, turn)];
}
