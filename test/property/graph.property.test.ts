import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withDependencies, withDependents } from "../../src/graph/closure.js";
import { createGraph } from "../../src/graph/graph.js";
import { order } from "../../src/graph/order.js";
import { runsOf } from "../support/property-runs.js";

/** Any graph, most of them with cycles once it has many edges. */
const graphs = fc.integer({ min: 1, max: 12 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    edges: fc.array(fc.tuple(fc.nat({ max: count - 1 }), fc.nat({ max: count - 1 })), { maxLength: 16 }),
  }),
);

const nodesOf = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

describe.each(runsOf())("graph ($title)", (parameters) => {
  it("either orders every node after its dependencies or names a real cycle", () => {
    const seen = { ordered: 0, cycle: 0 };
    fc.assert(
      fc.property(graphs, ({ count, edges }) => {
        const result = order(createGraph(nodesOf(count), edges));
        seen[result.kind] += 1;
        if (result.kind === "ordered") {
          const placeOf = new Map(result.keys.map((key, place) => [key, place]));
          expect([...result.keys].sort((a, b) => a - b)).toEqual(nodesOf(count));
          for (const [from, to] of edges) expect(placeOf.get(to)).toBeLessThan(placeOf.get(from) ?? -1);
        } else {
          expect(new Set(result.cycle).size).toBe(result.cycle.length);
          result.cycle.forEach((from, place) => {
            const to = result.cycle[(place + 1) % result.cycle.length];
            expect(edges.some((edge) => edge[0] === from && edge[1] === to)).toBe(true);
          });
        }
      }),
      parameters,
    );
    expect(Math.min(seen.ordered, seen.cycle)).toBeGreaterThan(5);
  });

  it("reaches the same pairs along dependencies and against them", () => {
    fc.assert(
      fc.property(graphs, ({ count, edges }) => {
        const graph = createGraph(nodesOf(count), edges);
        for (const a of graph.keys) {
          const needed = withDependencies(graph, [a]);
          expect(needed).toEqual(graph.keys.filter((b) => withDependents(graph, [b]).includes(a)));
        }
      }),
      parameters,
    );
  });
});
