import { describe, expect, it } from "vitest";
import { staleness } from "../../../src/plan/stale.js";
import { change, planOf } from "../views/plan-fixture.js";

describe("staleness", () => {
  const delivered = (fingerprint: string) => [
    change("worker.default[2]", "delete", "left by a clone that was cut off", { fingerprint }),
    change("worker.default[2]", "create", "not there", { fingerprint: "none" }),
  ];

  it("finds nothing moved where one object is both deleted and made anew under its name", () => {
    expect(staleness(planOf(delivered("a")), planOf(delivered("a")))).toEqual([]);
  });

  it("names the one of an object's two changes that has moved", () => {
    const moved = staleness(planOf(delivered("a")), planOf(delivered("b")));
    expect(moved.map(({ address, planned }) => [address, planned])).toEqual([
      ["worker.default[2]", "my-app-worker.default[2] as it was"],
    ]);
  });

  it("names a deletion that has become superfluous", () => {
    const moved = staleness(planOf(delivered("a")), planOf(delivered("a").slice(1)));
    expect(moved.map(({ planned, found }) => [planned.split(" ")[0], found.split(" ")[0]])).toEqual([
      ["delete", "create"],
    ]);
  });
});
