import { type Adjacency, type Graph, neighbours, placeIn } from "./graph.js";

/**
 * The given nodes and all that they depend on, directly or not.
 *
 * Shape: in order of insertion, each once; cycles are no problem.
 * Errors: RangeError for a key that is not a node.
 */
export function withDependencies<Key>(graph: Graph<Key>, keys: Iterable<Key>): readonly Key[] {
  return reach(graph, graph.dependencies, keys);
}

/** The given nodes and all that depend on them, directly or not. Shape and errors as `withDependencies`. */
export function withDependents<Key>(graph: Graph<Key>, keys: Iterable<Key>): readonly Key[] {
  return reach(graph, graph.dependents, keys);
}

function reach<Key>(graph: Graph<Key>, adjacency: Adjacency, keys: Iterable<Key>): readonly Key[] {
  const isReached = new Uint8Array(graph.keys.length);
  const open: number[] = [];
  const visit = (place: number): void => {
    if (isReached[place] === 1) return;
    isReached[place] = 1;
    open.push(place);
  };
  for (const key of keys) visit(placeIn(graph.placeOf, key));
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    for (const target of neighbours(adjacency, place)) visit(target);
  }
  return graph.keys.filter((_, place) => isReached[place] === 1);
}
