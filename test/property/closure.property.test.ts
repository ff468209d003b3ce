import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heaviestClosure } from "../../src/graph/heaviest-closure.js";
import { runsOf } from "../support/property-runs.js";

/** Weights, and for each node which earlier ones it needs. */
const graphs = fc.array(fc.record({ weight: fc.integer({ min: -9, max: 9 }), needs: fc.nat({ max: 255 }) }), {
  maxLength: 8,
});

const needsOf = (mask: number, node: number): readonly number[] =>
  Array.from({ length: node }, (_, other) => other).filter((other) => (mask >> other) & 1);

describe.each(runsOf())("the heaviest closed set, $title", (run) => {
  it("is closed, and as heavy as the best of all sets", () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const weights = nodes.map(({ weight }) => weight);
        const needs = nodes.map(({ needs: mask }, node) => needsOf(mask, node));
        const isClosed = (has: (node: number) => boolean) =>
          needs.every((needed, node) => !has(node) || needed.every(has));
        const weigh = (has: (node: number) => boolean) =>
          weights.reduce((total, weight, node) => total + (has(node) ? weight : 0), 0);
        const all = Array.from({ length: 2 ** nodes.length }, (_, set) => (node: number) => ((set >> node) & 1) === 1);
        const best = Math.max(...all.filter(isClosed).map(weigh));
        const found = heaviestClosure(weights, (node) => needs[node] ?? []);
        expect(isClosed((node) => found.has(node))).toBe(true);
        expect(weigh((node) => found.has(node))).toBe(best);
      }),
      run,
    );
  });
});

describe("the heaviest closed set", () => {
  it("of a chain of thousands is found without meeting the call stack", () => {
    const weights = Array.from({ length: 9000 }, (_, index) => (index % 2 === 0 ? -1 : 2));
    expect(heaviestClosure(weights, (node) => (node === 0 ? [] : [node - 1])).size).toBe(9000);
  });
});
