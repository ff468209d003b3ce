import { describe, expect, it } from "vitest";
import { goingBases } from "../../../src/app/prune-bases.js";

const base = (name: string, ...usedBy: string[]) => ({ name, bytes: 1, usedBy, isKnownUnused: false });

describe("base disks that go with images", () => {
  it("are those that nothing else stands on, also through each other", () => {
    const bases = [
      base("a", "old", "base:b"),
      base("b", "old"),
      base("c", "old", "worker"),
      { ...base("d"), isKnownUnused: true },
      // Unused as far as can be seen, while some chain cannot be read.
      base("e"),
    ];
    expect(goingBases(bases, ["old"]).map(({ name }) => name)).toEqual(["a", "b", "d"]);
    expect(goingBases(bases, []).map(({ name }) => name)).toEqual(["d"]);
  });
});
