import { describe, expect, it } from "vitest";
import { watchLoop } from "../../../src/app/watch-loop.js";
import { createInterrupt } from "../../../src/reconcilers/interrupt.js";
import { createFakeClock, settle } from "../../support/fake-clock.js";

const INTERVAL_MS = 30_000;

function scene(isLive = true) {
  const clock = createFakeClock();
  const interrupt = createInterrupt(() => {});
  const told: unknown[] = [];
  let passes = 0;
  let opened = 0;
  let hint = (): void => {};
  let fails: Error | null = null;
  let breakChannel = (_error: Error): void => {};
  const pass = async (): Promise<void> => {
    passes += 1;
    if (fails !== null) throw fails;
  };
  const follow = (set: () => void): Promise<void> => {
    opened += 1;
    hint = set;
    return new Promise((resolve, reject) => {
      breakChannel = reject;
      interrupt.first.addEventListener("abort", () => resolve(), { once: true });
    });
  };
  const part = {
    intervalMs: INTERVAL_MS,
    pass,
    tell: (error: unknown) => told.push(error),
    follow: isLive ? follow : null,
  };
  return {
    ...{ clock, interrupt, told },
    ended: watchLoop({ clock, interrupt }, part),
    passes: () => passes,
    opened: () => opened,
    hint: () => hint(),
    fail: (error: Error | null) => {
      fails = error;
    },
    break: (error: Error) => breakChannel(error),
  };
}

describe("watchLoop", () => {
  it("passes at once, then at each interval, and ends at the first signal", async () => {
    const { clock, interrupt, ended, passes } = scene(false);
    await settle();
    expect(passes()).toBe(1);
    await clock.advance(INTERVAL_MS - 1);
    expect(passes()).toBe(1);
    await clock.advance(2 * INTERVAL_MS);
    expect(passes()).toBe(3);
    interrupt.raise("SIGINT");
    await ended;
    expect(passes()).toBe(3);
  });

  it("passes once for hints that come together, and does not wait for ever while they come", async () => {
    const { clock, interrupt, ended, passes, hint } = scene();
    await settle();
    hint();
    await clock.advance(100);
    hint();
    expect(passes()).toBe(1);
    await clock.advance(400);
    expect(passes()).toBe(2);
    for (let ms = 0; ms < 3_000; ms += 100) {
      hint();
      await clock.advance(100);
    }
    expect(passes()).toBeGreaterThanOrEqual(4);
    interrupt.raise("SIGTERM");
    await ended;
  });

  it("goes on after a pass that failed and a channel that broke, which is opened anew at the interval", async () => {
    const { clock, interrupt, told, ended, passes, opened, hint, fail, ...rest } = scene();
    await settle();
    fail(new Error("no answer"));
    hint();
    await clock.advance(300);
    expect(told).toEqual([new Error("no answer")]);
    fail(null);
    rest.break(new Error("cut off"));
    await clock.advance(INTERVAL_MS - 1_000);
    expect([opened(), told.length]).toEqual([1, 2]);
    await clock.advance(2_000);
    expect(opened()).toBe(2);
    expect(passes()).toBeGreaterThanOrEqual(3);
    interrupt.raise("SIGINT");
    await ended;
  });

  it("ends with the failure of its first pass", async () => {
    const clock = createFakeClock();
    const failing = { intervalMs: 1, pass: () => Promise.reject(new Error("no")), tell: () => {}, follow: null };
    await expect(watchLoop({ clock, interrupt: createInterrupt(() => {}) }, failing)).rejects.toThrow("no");
  });
});
