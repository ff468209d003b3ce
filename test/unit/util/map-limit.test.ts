import { describe, expect, it } from "vitest";
import { mapLimit } from "../../../src/util/map-limit.js";

describe("mapLimit", () => {
  it.each([
    [1, 1],
    [2, 2],
    [9, 5],
  ])("has at most %i under way, and gives results in the order of the items", async (limit, most) => {
    let [now, peak] = [0, 0];
    const results = await mapLimit([5, 1, 4, 2, 3], limit, async (item) => {
      now += 1;
      peak = Math.max(peak, now);
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      now -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(peak).toBe(most);
  });

  it("rejects with the first rejection, and does nothing for no items", async () => {
    await expect(mapLimit([1, 2], 1, (item) => Promise.reject(new Error(`no ${item}`)))).rejects.toThrow("no 1");
    expect(await mapLimit([], 4, async () => 1)).toEqual([]);
  });
});
