import type { EventBody } from "../../src/events/event.js";
import type { Plan, Step } from "../../src/plan/document.js";
import { applyPlan } from "../../src/reconcilers/apply.js";
import { createInterrupt } from "../../src/reconcilers/interrupt.js";
import { limitsFor } from "../../src/reconcilers/limits.js";
import type { DriverContext, KindDriver } from "../../src/resources/kind.js";
import { createFakeClock } from "./fake-clock.js";
import { createMemoryStore } from "./memory-store.js";

/** An apply of a plan with one driver for all kinds in `kinds`, on a clock and a state folder of its own. */
export function applyScene(
  run: (step: Step, context: DriverContext) => Promise<void>,
  kinds: readonly string[] = ["worker", "image", "binding"],
) {
  const clock = createFakeClock();
  const store = createMemoryStore();
  const events: EventBody[] = [];
  const emit = (event: EventBody): void => {
    events.push(event);
  };
  const interrupt = createInterrupt(emit);
  const driverOf = (kind: string): KindDriver => ({ kind, run: (step, context) => run(step as Step, context) });
  const drivers = new Map(kinds.map((kind) => [kind, driverOf(kind)]));
  const apply = (plan: Plan, planDigest: string | null = null, limits = limitsFor(plan.host, null)) =>
    applyPlan({
      plan,
      planDigest,
      drivers,
      store,
      clock,
      emit,
      interrupt,
      limits,
      runId: "r1",
      engine: "0.1.0",
      pid: 7,
    });
  return { clock, store, events, interrupt, apply };
}
