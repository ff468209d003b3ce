/**
 * A list of edges between places that grows: node `from[e]` depends on node `to[e]`, in order of insertion.
 *
 * Shape: only the first `count` of both lists are edges. Flat lists of numbers, because a pair for each of a million edges
 * would be a million objects.
 */
export interface Edges {
  from: Uint32Array;
  to: Uint32Array;
  count: number;
}

const FIRST_ROOM = 64;

export const createEdges = (): Edges => ({
  from: new Uint32Array(FIRST_ROOM),
  to: new Uint32Array(FIRST_ROOM),
  count: 0,
});

export function addEdge(edges: Edges, from: number, to: number): void {
  const { count } = edges;
  if (count === edges.from.length) {
    edges.from = doubled(edges.from);
    edges.to = doubled(edges.to);
  }
  edges.from[count] = from;
  edges.to[count] = to;
  edges.count = count + 1;
}

function doubled(list: Uint32Array): Uint32Array {
  const larger = new Uint32Array(list.length * 2);
  larger.set(list);
  return larger;
}
