import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Step } from "../../src/plan/document.js";
import { createInterrupt } from "../../src/reconcilers/interrupt.js";
import { BECAUSE_OF_INTERRUPT, type StepEnd, type StepOutcome, walk } from "../../src/reconcilers/scheduler.js";
import type { Address, StepClass } from "../../src/resources/kind.js";
import { stepOf } from "../support/apply-plans.js";
import { runsOf } from "../support/property-runs.js";
import { createViolations } from "../support/violations.js";

const CLASSES: readonly StepClass[] = ["clone", "boot", "transfer", "hook", "light"];

interface Scenario {
  readonly steps: readonly Step[];
  readonly failing: ReadonlySet<string>;
  readonly limit: number;
  readonly parallel: number;
}

/** Acyclic by construction: a step waits only for earlier ones. Few addresses, so that they meet. */
const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    drafts: fc.array(
      fc.record({
        address: fc.nat({ max: 3 }),
        class: fc.constantFrom(...CLASSES.slice(0, 2)),
        onInterrupt: fc.constantFrom("finish" as const, "stop" as const),
        after: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
        fails: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      }),
      { minLength: 1, maxLength: 9 },
    ),
    limit: fc.integer({ min: 1, max: 3 }),
    parallel: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ drafts, limit, parallel }) => ({
    limit,
    parallel,
    failing: new Set(drafts.flatMap(({ fails }, place) => (fails ? [`s${place}`] : []))),
    steps: drafts.map(({ address, after, class: stepClass, onInterrupt }, place) =>
      stepOf(`s${place}`, {
        address: `a.b[${address}]` as Address,
        class: stepClass,
        onInterrupt,
        after: after.filter((other) => other < place).map((other) => `s${other}`),
      }),
    ),
  }));

interface Observed {
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  readonly skipped: readonly string[];
  readonly started: readonly string[];
  /** Steps cut by the first and by the second stage. */
  readonly cutBy: ReadonlyMap<string, 1 | 2>;
  /** Steps that ended by themselves after the first stage. */
  readonly endedLate: readonly string[];
}

/** Walks with permuted completions and checks what must hold at every instant. `stages`: interrupts, also permuted. */
async function observe(scheduler: fc.Scheduler, scenario: Scenario, stages: 0 | 1 | 2): Promise<Observed> {
  const { steps, failing, limit, parallel } = scenario;
  const interrupt = createInterrupt(() => {});
  const running = new Map<string, Step>();
  const done = new Set<string>();
  const started: string[] = [];
  const skipped: string[] = [];
  const cutBy = new Map<string, 1 | 2>();
  const endedLate: string[] = [];
  const violations = createViolations();
  for (let stage = 0; stage < stages; stage += 1) {
    void scheduler.schedule(Promise.resolve(), "interrupt").then(() => interrupt.raise("SIGINT"));
  }

  const run = async (step: Step, signal: AbortSignal): Promise<StepEnd> => {
    violations.watch(() => {
      expect(started).not.toContain(step.id);
      expect(interrupt.first.aborted).toBe(false);
      for (const id of step.after) expect(done).toContain(id);
      const others = [...running.values()];
      expect(others.map(({ address }) => address)).not.toContain(step.address);
      expect(others.length).toBeLessThan(parallel);
      expect(others.filter((other) => other.class === step.class).length).toBeLessThan(limit);
    });
    started.push(step.id);
    running.set(step.id, step);
    const aborted = new Promise<"aborted">((resolve) => {
      signal.addEventListener("abort", () => resolve("aborted"), { once: true });
    });
    const ended = await Promise.race([scheduler.schedule(Promise.resolve("ended" as const), step.id), aborted]);
    running.delete(step.id);
    if (ended === "aborted") {
      cutBy.set(step.id, interrupt.second.aborted ? 2 : 1);
      return { status: "interrupted", elapsedMs: 0, error: null };
    }
    if (interrupt.first.aborted) endedLate.push(step.id);
    if (failing.has(step.id)) return { status: "failed", elapsedMs: 0, error: new Error(step.id) };
    done.add(step.id);
    return { status: "done", elapsedMs: 0, error: null };
  };

  const classes = { clone: limit, boot: limit, transfer: limit, hook: limit, light: limit };
  const outcomes = await scheduler.waitFor(
    walk(steps, {
      limits: { classes, parallel },
      interrupt,
      run,
      onSkipped: ({ id }) => skipped.push(id),
    }),
  );
  violations.throwFirst();
  return { outcomes, skipped, started, cutBy, endedLate };
}

/** What must come out without interrupts, from the graph alone: status, and the first failure in the plan behind a skip. */
function expectedOutcomes({ steps, failing }: Scenario): Map<string, string> {
  const roots = new Map<string, string | null>();
  const expected = new Map<string, string>();
  for (const { id, after } of steps) {
    const behind = steps
      .map((step) => step.id)
      .find((root) => after.some((dependency) => roots.get(dependency) === root));
    roots.set(id, behind ?? (failing.has(id) ? id : null));
    expected.set(id, behind !== undefined ? `skipped ${behind}` : failing.has(id) ? "failed" : "done");
  }
  return expected;
}

const textOf = (outcome: StepOutcome) => (outcome.status === "skipped" ? `skipped ${outcome.because}` : outcome.status);

describe.each(runsOf())("walk ($title)", (parameters) => {
  it("keeps limits, order and addresses at every instant, and ends as the graph says, whatever the schedule", async () => {
    const reached = { failed: 0, skipped: 0, atLimit: 0 };
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
        const { outcomes, skipped, started } = await observe(scheduler, scenario, 0);
        const texts = new Map([...outcomes].map(([id, outcome]) => [id, textOf(outcome)]));
        expect(texts).toEqual(expectedOutcomes(scenario));
        expect([...outcomes.keys()]).toEqual(scenario.steps.map(({ id }) => id));
        expect([...started, ...skipped].sort()).toEqual([...outcomes.keys()].sort());
        if (scenario.failing.size > 0) reached.failed += 1;
        if (skipped.length > 0) reached.skipped += 1;
        if (scenario.parallel > 1 && scenario.limit === 1) reached.atLimit += 1;
      }),
      parameters,
    );
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(5);
  });

  it("starts nothing after the first interrupt, cuts only what may be cut, and still accounts for every step", async () => {
    const reached = { cutFirst: 0, cutSecond: 0, endedLate: 0, notStarted: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        scenarios,
        fc.constantFrom(1 as const, 2 as const),
        async (scheduler, scenario, stages) => {
          const { outcomes, skipped, started, cutBy, endedLate } = await observe(scheduler, scenario, stages);
          const byId = new Map(scenario.steps.map((step) => [step.id, step]));
          expect([...started, ...skipped].sort()).toEqual([...outcomes.keys()].sort());
          for (const [id, outcome] of outcomes) {
            expect(outcome.status === "interrupted").toBe(cutBy.has(id));
            expect(outcome.status === "skipped").toBe(skipped.includes(id));
            if (outcome.status !== "skipped" || outcome.because === BECAUSE_OF_INTERRUPT) continue;
            expect(outcomes.get(outcome.because)?.status).toBe("failed");
          }
          for (const [id, stage] of cutBy)
            expect(stage === 1 ? byId.get(id)?.onInterrupt : stages).toBe(stage === 1 ? "stop" : 2);
          for (const id of endedLate) expect(byId.get(id)?.onInterrupt).toBe("finish");
          const stagesSeen = [...cutBy.values()];
          if (stagesSeen.includes(1)) reached.cutFirst += 1;
          if (stagesSeen.includes(2)) reached.cutSecond += 1;
          if (endedLate.length > 0) reached.endedLate += 1;
          if (skipped.length > 0) reached.notStarted += 1;
        },
      ),
      parameters,
    );
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(5);
  });
});
