import { describe, expect, it } from "vitest";
import { measureTrees, type TreeNode } from "../../../src/review/tree-size.js";

const node = (
  files: number,
  fileNameBytes: number,
  ...trees: readonly [nameBytes: number, id: string][]
): TreeNode => ({
  files,
  fileNameBytes,
  trees: trees.map(([nameBytes, id]) => ({ nameBytes, id })),
});

describe("the size that trees unfold to", () => {
  it("counts files and the bytes of their paths", () => {
    // a/bb/ccc, a/bb/d, e
    const trees = new Map([
      ["root", node(1, 1, [1, "a"])],
      ["a", node(0, 0, [2, "bb"])],
      ["bb", node(2, 4)],
    ]);
    expect(measureTrees(trees).get("root")).toEqual({ files: 3, pathBytes: "a/bb/cccA/bb/de".length });
  });

  it("counts a tree as often as it occurs, without walking there each time", () => {
    const trees = new Map<string, TreeNode>([["0", node(1, 1)]]);
    for (let level = 1; level <= 60; level += 1) {
      trees.set(
        String(level),
        node(0, 0, ...Array.from({ length: 10 }, (): [number, string] => [1, String(level - 1)])),
      );
    }
    expect((measureTrees(trees).get("60")?.files ?? 0) / 1e60).toBeCloseTo(1);
  });

  it("needs no stack for folders in folders", () => {
    const trees = new Map<string, TreeNode>([["0", node(1, 1)]]);
    for (let level = 1; level < 100_000; level += 1) trees.set(String(level), node(0, 0, [1, String(level - 1)]));
    const reversed = new Map([...trees].reverse());
    expect(measureTrees(reversed).get("99999")).toEqual({ files: 1, pathBytes: 2 * 99_999 + 1 });
  });

  it("takes a tree that is not there for empty", () => {
    expect(measureTrees(new Map([["root", node(1, 3, [1, "gone"])]])).get("root")).toEqual({ files: 1, pathBytes: 3 });
  });
});
