import { describe, expect, it } from "vitest";
import { createAddressMap } from "../../../src/plan/address-map.js";
import { makeAddress } from "../../../src/resources/address.js";
import type { Address } from "../../../src/resources/kind.js";
import { binding, GOLDEN, TOOLS, worker } from "../../support/builders.js";

/** Pools, names without slots, a pool's own name, slots far apart, and texts that only look like another's slot. */
const ADDRESSES = [
  ...[worker(7), GOLDEN, worker(1), binding(1), worker(100_000), TOOLS, worker(999_999_999), worker(2)],
  ...[makeAddress("worker", "other", 1), makeAddress("worker", "default"), makeAddress("worker", "default", 0)],
  ...["worker.default[07]", "worker.default[1][2]", "worker.defaults[1]", "x]", "", "[1]", "image.golden[1]"].map(
    (text) => text as Address,
  ),
];

describe("a map by address", () => {
  it("is what a Map is, in the same order, whatever the addresses", () => {
    const map = createAddressMap<number>();
    const plain = new Map<Address, number>();
    const isSame = () => {
      expect([...map]).toEqual([...plain]);
      expect([...map.keys()]).toEqual([...plain.keys()]);
      expect([...map.values()]).toEqual([...plain.values()]);
      expect(map.size).toBe(plain.size);
      for (const address of ADDRESSES) expect([address, map.get(address)]).toEqual([address, plain.get(address)]);
      for (const address of ADDRESSES) expect(map.has(address)).toBe(plain.has(address));
      const met: [Address, number][] = [];
      map.forEach((value, address) => {
        met.push([address, value]);
      });
      expect(met).toEqual([...plain]);
    };
    isSame();
    ADDRESSES.forEach((address, index) => {
      map.set(address, index);
      plain.set(address, index);
      isSame();
    });
    for (const address of [...ADDRESSES].reverse()) {
      map.set(address, -1);
      plain.set(address, -1);
    }
    isSame();
  });
});
