import { expect, it } from "vitest";
import type { EventBody } from "../../../src/events/event.js";
import { createInterrupt } from "../../../src/reconcilers/interrupt.js";

function scene() {
  const events: EventBody[] = [];
  return { events, interrupt: createInterrupt((event) => events.push(event)) };
}

it("has two stages and tells of each", () => {
  const { events, interrupt } = scene();
  interrupt.raise("SIGINT");
  expect([interrupt.first.aborted, interrupt.second.aborted]).toEqual([true, false]);
  interrupt.raise("SIGTERM");
  expect(interrupt.second.aborted).toBe(true);
  interrupt.raise("SIGINT");
  expect(events).toEqual([
    { type: "interrupt.received", stage: 1, signal: "SIGINT" },
    { type: "interrupt.received", stage: 2, signal: "SIGTERM" },
  ]);
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("takes the exit code from the first signal: %s is %i", (signal, exitCode) => {
  const { interrupt } = scene();
  expect(interrupt.raised()).toBeNull();
  interrupt.raise(signal);
  interrupt.raise("SIGINT");
  expect(interrupt.raised()).toEqual({ signal, exitCode });
  expect(interrupt.first.reason).toMatchObject({ code: "INTERRUPTED", exitCode });
});

it("tells before it acts", () => {
  const seen: string[] = [];
  const interrupt = createInterrupt((event) => seen.push(event.type));
  interrupt.first.addEventListener("abort", () => seen.push("aborted"));
  interrupt.raise("SIGINT");
  expect(seen).toEqual(["interrupt.received", "aborted"]);
});
