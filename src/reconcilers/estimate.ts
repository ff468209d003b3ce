import type { Step } from "../plan/document.js";
import type { StepClass } from "../resources/kind.js";
import type { Limits } from "./limits.js";
import { durationKey } from "./next-record.js";

type Durations = Readonly<Record<string, number>>;

/**
 * How long the steps will take if each takes as long as the last one of its sort: the scheduler's walk, in numbers.
 *
 * Shape: null where the time of some step is not known, and for a plan without steps. Light steps of unknown time count
 * as nothing.
 * Units: milliseconds.
 */
export function estimateMs(steps: readonly Step[], durations: Durations, limits: Limits): number | null {
  const times = new Map<string, number>();
  for (const step of steps) {
    const known = durationOf(step, durations);
    if (known === null) return null;
    times.set(step.id, known);
  }
  return steps.length === 0 ? null : walkMs(steps, times, limits);
}

const durationOf = (step: Step, durations: Durations): number | null =>
  lastTimeOf(step, durations) ?? (step.class === "light" ? 0 : null);

/** How long the last step of this sort took; null where it is not known. */
export function lastTimeOf(step: Step, durations: Durations): number | null {
  // Records of earlier versions know times by verb and kind alone.
  const coarse = `${step.verb}:${step.address.split(".", 1)[0]}`;
  return durations[durationKey(step)] ?? durations[coarse] ?? null;
}

interface Running {
  readonly step: Step;
  readonly endMs: number;
}

function walkMs(steps: readonly Step[], times: ReadonlyMap<string, number>, limits: Limits): number {
  const waits = new Map(steps.map(({ id, after }) => [id, after.length]));
  const dependents = Map.groupBy(
    steps.flatMap((step) => step.after.map((before) => ({ before, step }))),
    ({ before }) => before,
  );
  const ready = new Map<StepClass, Step[]>();
  const running: Running[] = [];
  let nowMs = 0;
  const take = (step: Step): void => {
    const queue = ready.get(step.class);
    if (queue === undefined) ready.set(step.class, [step]);
    else queue.push(step);
  };
  const startAll = (): void => {
    for (const [stepClass, queue] of ready) {
      const inClass = () => running.filter(({ step }) => step.class === stepClass).length;
      while (queue.length > 0 && inClass() < limits.classes[stepClass] && running.length < limits.parallel) {
        const step = queue.shift();
        if (step !== undefined) running.push({ step, endMs: nowMs + (times.get(step.id) ?? 0) });
      }
    }
  };
  for (const step of steps) if (step.after.length === 0) take(step);
  for (startAll(); running.length > 0; startAll()) {
    const first = running.reduce((least, next) => (next.endMs < least.endMs ? next : least));
    running.splice(running.indexOf(first), 1);
    nowMs = first.endMs;
    for (const { step } of dependents.get(first.step.id) ?? []) {
      const left = (waits.get(step.id) ?? 0) - 1;
      waits.set(step.id, left);
      if (left === 0) take(step);
    }
  }
  return nowMs;
}
