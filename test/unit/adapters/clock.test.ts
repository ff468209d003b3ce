import { expect, it } from "vitest";
import { createClock } from "../../../src/adapters/clock.js";

const clock = createClock();

it("tells the time in UTC and never runs backwards", () => {
  expect(clock.now()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const first = clock.monotonicMs();
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(first);
});

it("gives as many hex digits as asked for, each time others", () => {
  expect(clock.randomHex(5)).toMatch(/^[0-9a-f]{5}$/);
  expect(clock.randomHex(16)).not.toBe(clock.randomHex(16));
});

it("wakes a sleeper with the signal's own reason", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const sleeping = clock.sleep(2 ** 40, stop.signal);
  stop.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(clock.sleep(1, stop.signal)).rejects.toBe(reason);
});

it("does not sleep where there is no time to wait", async () => {
  await expect(clock.sleep(0, new AbortController().signal)).resolves.toBeUndefined();
});
