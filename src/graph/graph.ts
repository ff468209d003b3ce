import { addEdge, createEdges, type Edges } from "./edges.js";

/**
 * A directed graph over any keys: an edge leads from a node to one that it depends on.
 *
 * Shape: nodes keep the order of insertion, which is the tie-break of every answer; keys are unique; edges are stored as
 * two flat lists (per node, the places of its targets), so that 100,000 nodes stay cheap and nothing recurses.
 */
export interface Graph<Key> {
  readonly keys: readonly Key[];
  readonly placeOf: ReadonlyMap<Key, number>;
  readonly dependencies: Adjacency;
  readonly dependents: Adjacency;
}

/** Shape: the neighbours of node `n` are `targets[starts[n]]` up to before `targets[starts[n + 1]]`, in order of insertion. */
export interface Adjacency {
  readonly starts: Uint32Array;
  readonly targets: Uint32Array;
}

/**
 * Builds a graph.
 *
 * Shape: a key given twice counts once; an edge given twice counts once in every answer.
 * Errors: RangeError (a defect of the caller) for an edge to or from a key that is not a node.
 */
export function createGraph<Key>(nodes: Iterable<Key>, edges: Iterable<readonly [Key, Key]>): Graph<Key> {
  const keys = [...new Set(nodes)];
  const placeOf = new Map(keys.map((key, place) => [key, place]));
  const placed = createEdges();
  for (const [dependent, dependency] of edges) {
    addEdge(placed, placeIn(placeOf, dependent), placeIn(placeOf, dependency));
  }
  const { from, to, count } = placed;
  return {
    keys,
    placeOf,
    dependencies: adjacency(keys.length, placed),
    dependents: adjacency(keys.length, { from: to, to: from, count }),
  };
}

/** Places of a node's neighbours. */
export function neighbours(adjacency: Adjacency, place: number): Uint32Array {
  return adjacency.targets.subarray(adjacency.starts[place], adjacency.starts[place + 1]);
}

/** Errors: RangeError for a key that is not a node. */
export function placeIn<Key>(placeOf: ReadonlyMap<Key, number>, key: Key): number {
  const place = placeOf.get(key);
  if (place === undefined) throw new RangeError(`not a node of this graph: ${String(key)}`);
  return place;
}

/** Edges between places 0 … nodes - 1. Counting sort by their first end; keeps the order within a node. */
export function adjacency(nodes: number, { from, to, count }: Edges): Adjacency {
  const starts = new Uint32Array(nodes + 1);
  for (let edge = 0; edge < count; edge += 1) {
    const after = (from[edge] as number) + 1;
    starts[after] = (starts[after] as number) + 1;
  }
  for (let place = 0; place < nodes; place += 1) {
    starts[place + 1] = (starts[place + 1] as number) + (starts[place] as number);
  }
  const next = starts.slice();
  const targets = new Uint32Array(count);
  for (let edge = 0; edge < count; edge += 1) {
    const place = from[edge] as number;
    const slot = next[place] as number;
    targets[slot] = to[edge] as number;
    next[place] = slot + 1;
  }
  return { starts, targets };
}
