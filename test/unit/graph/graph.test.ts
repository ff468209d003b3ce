import { describe, expect, it } from "vitest";
import { withDependencies, withDependents } from "../../../src/graph/closure.js";
import { createGraph, type Graph } from "../../../src/graph/graph.js";
import { order, topologicalOrder } from "../../../src/graph/order.js";

/** `"a>b"`: a depends on b. */
function graphOf(nodes: string, ...edges: string[]): Graph<string> {
  return createGraph(
    nodes.split(""),
    edges.map((edge) => [edge.charAt(0), edge.charAt(2)] as const),
  );
}

const ordered = (keys: string) => ({ kind: "ordered", keys: keys.split("") });
const cycle = (keys: string) => ({ kind: "cycle", cycle: keys.split("") });

describe("order", () => {
  it("puts dependencies first and keeps the order of insertion otherwise", () => {
    expect(order(graphOf("abcde", "a>d", "b>a"))).toEqual(ordered("dabce"));
  });

  it("returns an insertion order that is valid already unchanged", () => {
    expect(order(graphOf("abcd", "c>a", "d>b", "d>c"))).toEqual(ordered("abcd"));
  });

  it("names the nodes of a cycle alone, each depending on the next, earliest first", () => {
    expect(order(graphOf("abcde", "a>c", "c>e", "e>d", "d>c"))).toEqual(cycle("ced"));
  });

  it("names a node that depends on itself", () => {
    expect(order(graphOf("ab", "b>b"))).toEqual(cycle("b"));
  });

  it("counts nodes and edges given twice once", () => {
    expect(order(graphOf("aab", "a>b", "a>b"))).toEqual(ordered("ba"));
  });

  it("orders a chain of 100,000 nodes without meeting the call stack", () => {
    const nodes = Array.from({ length: 100_000 }, (_, place) => place);
    const graph = createGraph(
      nodes,
      nodes.slice(1).map((place) => [place - 1, place] as const),
    );
    const result = order(graph);
    expect(result.kind === "ordered" && result.keys[0]).toBe(99_999);
    expect(withDependencies(graph, [50_000])).toHaveLength(50_000);
  });
});

describe("topologicalOrder", () => {
  it("orders keys by what each depends on", () => {
    expect(topologicalOrder(["a", "b", "c"], (key) => (key === "a" ? ["c"] : []))).toEqual(["c", "a", "b"]);
  });

  it("names the whole way round a cycle", () => {
    expect(() => topologicalOrder(["a", "b"], (key) => (key === "a" ? ["b"] : ["a"]))).toThrow("cycle: a → b → a");
  });
});

describe("closure", () => {
  const graph = graphOf("abcdef", "b>a", "c>b", "d>a", "e>f");

  it("collects a node with all that it depends on, in order of insertion", () => {
    expect(withDependencies(graph, ["c"])).toEqual(["a", "b", "c"]);
    expect(withDependencies(graph, ["e", "d"])).toEqual(["a", "d", "e", "f"]);
  });

  it("collects a node with all that depends on it", () => {
    expect(withDependents(graph, ["a"])).toEqual(["a", "b", "c", "d"]);
    expect(withDependents(graph, ["c"])).toEqual(["c"]);
  });

  it("ends on a cycle", () => {
    expect(withDependencies(graphOf("ab", "a>b", "b>a"), ["a"])).toEqual(["a", "b"]);
  });

  it("refuses keys that are no nodes", () => {
    expect(() => withDependencies(graph, ["z"])).toThrow("not a node of this graph: z");
    expect(() => graphOf("a", "a>z")).toThrow("not a node of this graph: z");
  });
});
