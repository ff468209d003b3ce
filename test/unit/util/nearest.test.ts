import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "../../../src/util/nearest.js";

describe("nearest", () => {
  const names = ["memory", "cpus", "disk", "start_timeout", "type"];

  it.each([
    ["memroy", "memory"],
    ["cpu", "cpus"],
    ["CPUS", "cpus"],
    ["start-timeout", "start_timeout"],
    ["dsik", "disk"],
    ["typo", "type"],
  ])("takes %s for %s", (typed, meant) => {
    expect(nearest(typed, names)).toBe(meant);
  });

  it("says nothing when nothing is near", () => {
    expect(nearest("bananas", names)).toBeNull();
    expect(nearest("x", names)).toBeNull();
    expect(nearest("cpus", [])).toBeNull();
  });

  it("takes the first by code point of equally near ones, whatever their order", () => {
    expect(nearest("bat", ["cat", "bar"])).toBe("bar");
    expect(nearest("bat", ["bar", "cat"])).toBe("bar");
  });

  it("counts a swap of neighbours as one edit", () => {
    expect(editDistance("ab", "ba")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("", "abc")).toBe(3);
  });
});
