import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LimaError } from "../../src/errors/errors.js";
import type { EventBody } from "../../src/events/event.js";
import type { Step } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { decodeJournal, openLines } from "../../src/record/journal.js";
import type { Address, DriverContext } from "../../src/resources/kind.js";
import { planOf, stepOf } from "../support/apply-plans.js";
import { applyScene } from "../support/apply-scene.js";
import { runsOf } from "../support/property-runs.js";
import { createViolations } from "../support/violations.js";

type Fate = "ok" | "fails" | "transient" | "hangs" | "deaf";
const FATES: readonly Fate[] = ["ok", "ok", "ok", "fails", "transient", "hangs", "deaf"];

interface Scenario {
  readonly steps: readonly Step[];
  readonly fates: ReadonlyMap<string, Fate>;
  readonly stages: number;
}

const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    drafts: fc.array(
      fc.record({
        address: fc.integer({ min: 1, max: 3 }),
        fate: fc.constantFrom(...FATES),
        onInterrupt: fc.constantFrom("finish" as const, "stop" as const),
        after: fc.array(fc.nat({ max: 5 }), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    stages: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ drafts, stages }) => ({
    stages,
    fates: new Map(drafts.map(({ fate }, place) => [`v${place}:x`, fate])),
    steps: drafts.map(({ address, after, onInterrupt }, place) =>
      stepOf(`v${place}:x`, {
        address: `worker.default[${address}]` as Address,
        instance: `w${place}`,
        onInterrupt,
        retries: 1,
        timeoutMs: 35_000,
        after: after.filter((other) => other < place).map((other) => `v${other}:x`),
      }),
    ),
  }));

interface Applied {
  readonly document: ApplyDocument;
  readonly events: readonly EventBody[];
  readonly journal: string;
}

/** Applies with permuted completions, ticks of the clock and interrupts. */
async function apply(scheduler: fc.Scheduler, { steps, fates, stages }: Scenario): Promise<Applied> {
  const tried = new Set<string>();
  const violations = createViolations();
  const scene = applyScene(async (step: Step, { signal, report }: DriverContext) => {
    const lines = decodeJournal(scene.store.files.get("journal.ndjson") ?? null).lines;
    violations.watch(() => expect(lines.filter((line) => line.step === step.id).at(-1)?.status).toBe("begin"));
    report("at work");
    const fate = fates.get(step.id);
    if (fate === "deaf") return new Promise(() => {});
    const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    if (fate === "hangs") return aborted;
    await Promise.race([scheduler.schedule(Promise.resolve(), step.id), aborted]);
    report("nearly done");
    if (fate === "fails") throw new Error("no");
    if (fate === "transient" && !tried.has(step.id)) {
      tried.add(step.id);
      throw new LimaError("LIMA_BUSY", "not now", { isTransient: true });
    }
  });
  let isOver = false;
  const tick = async (): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), "tick");
    await scene.clock.advance(7_000);
    if (!isOver) await tick();
  };
  for (let stage = 0; stage < stages; stage += 1) {
    void scheduler.schedule(Promise.resolve(), "interrupt").then(() => scene.interrupt.raise("SIGINT"));
  }
  const applying = scene.apply(planOf(steps)).finally(() => {
    isOver = true;
  });
  const ticking = tick();
  const document = await scheduler.waitFor(applying);
  await scheduler.waitFor(ticking);
  await scene.clock.advance(120_000);
  expect(scene.clock.sleeping()).toBe(0);
  violations.throwFirst();
  return { document, events: scene.events, journal: scene.store.files.get("journal.ndjson") ?? "" };
}

/** The grammar of one step's events, as a word. */
function wordOf(events: readonly EventBody[], id: string): string {
  const own = events.filter((event) => "step" in event && event.step === id);
  return own.map(({ type }) => type.replace("apply.step.", "")).join(" ");
}

const ENDS: Readonly<Record<string, string>> = { done: "completed", failed: "failed", interrupted: "interrupted" };

describe.each(runsOf())("an apply's events and journal ($title)", (parameters) => {
  it("end each started step exactly once, with progress only in between, and agree with the document", async () => {
    const reached = { done: 0, failed: 0, skipped: 0, interrupted: 0, retried: 0 };
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
        const { document, events, journal } = await apply(scheduler, scenario);
        const lines = decodeJournal(journal).lines;
        expect(document.steps.map(({ id }) => id)).toEqual(scenario.steps.map(({ id }) => id));
        for (const { id, status } of document.steps) {
          const word = wordOf(events, id);
          const own = lines.filter((line) => line.step === id).map((line) => line.status);
          expect(word).toMatch(
            status === "skipped" ? /^skipped$/ : new RegExp(`^started( progress| retrying)* ${ENDS[status]}$`),
          );
          expect(own).toEqual(status === "skipped" ? [] : ["begin", status]);
          reached[status] += 1;
          if (word.includes("retrying")) reached.retried += 1;
        }
        const unfinished = document.steps.filter(({ status }) => status === "failed" || status === "interrupted");
        const instances = scenario.steps.filter(({ id }) => unfinished.some((step) => step.id === id));
        expect(openLines(lines).map(({ instance }) => instance)).toEqual(
          instances.map(({ instance }) => instance).sort(),
        );
        expect(document.error === null).toBe(document.verdict === "done");
      }),
      parameters,
    );
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(5);
  });

  it("never leave a running step silent for longer than 10 s", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
        const { events } = await apply(scheduler, scenario);
        for (const { id } of scenario.steps) {
          const own = events.filter((event) => "step" in event && event.step === id);
          const times = own.flatMap((event) => ("elapsedMs" in event ? [event.elapsedMs] : []));
          const gaps = times.map((at, place) => at - (times[place - 1] ?? 0));
          for (const gap of gaps) expect(gap).toBeLessThanOrEqual(10_000);
        }
      }),
      parameters,
    );
  });
});
