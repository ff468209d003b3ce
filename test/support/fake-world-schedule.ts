import type { Plan, Step } from "../../src/plan/document.js";
import type { Address } from "../../src/resources/kind.js";
import { applyStep, begun, ended, type FakeState } from "./fake-world.js";

/*
 * Walks a plan under any schedule: which ready step begins next, which running one ends next, and whether it fails are
 * all chosen from outside. Limits are observed at every instant.
 */

export interface Schedule {
  /** A number below the count: which of the possible moves comes next. */
  readonly pick: (count: number) => number;
  readonly ends: (step: Step) => StepEnding;
  /** Sees the world just before a step begins. */
  readonly onBegin?: (step: Step, state: FakeState) => void;
  /** After how many moves the process is killed. */
  readonly killedAfter?: number;
}

/** A failed step may have had its effect all the same. */
export type StepEnding = "done" | "failed before" | "failed after";

/** What is true of the workers at one instant. */
export interface Instant {
  /** The move that led here, `begin create:worker.default[1]`. */
  readonly move: string;
  /** Instances of workers that exist or are being made. */
  readonly total: number;
  /** Slots with a worker that is ready and that nothing is taking away. */
  readonly available: ReadonlySet<Address>;
}

export interface Walked {
  readonly instants: readonly Instant[];
  readonly done: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  /** Under way when the process was killed. */
  readonly running: readonly Step[];
  readonly state: FakeState;
}

const isWorker = (address: string): boolean => address.startsWith("worker.");

/** Names of ready workers and of all worker instances, by name. */
export function workersIn(state: FakeState): {
  readonly all: Map<string, Address>;
  readonly ready: Map<string, Address>;
} {
  const all = new Map<string, Address>();
  const ready = new Map<string, Address>();
  for (const facts of state.instances.values()) {
    const marks = facts.marks.kind === "marks" && facts.marks.marks.name === facts.name ? facts.marks.marks : null;
    const address = (marks?.address ?? state.unfinished.get(facts.name) ?? "") as Address;
    if (!isWorker(address)) continue;
    all.set(facts.name, address);
    if (facts.status === "running" && facts.readyAt !== null) ready.set(facts.name, address);
  }
  return { all, ready };
}

/** Runs until nothing can begin and nothing runs. A step whose dependency did not get done is skipped. */
export function walkPlan(before: FakeState, plan: Pick<Plan, "steps">, schedule: Schedule): Walked {
  const { all, ready } = workersIn(before);
  const outcome = new Map<string, "done" | "failed" | "skipped">();
  const running = new Set<Step>();
  const instants: Instant[] = [];
  let state = before;
  const note = (move: string) => instants.push({ move, total: all.size, available: new Set(ready.values()) });
  const isOver = (step: Step) => step.after.every((id) => outcome.has(id));
  const waiting = new Set(plan.steps);

  for (;;) {
    for (const step of waiting) {
      if (!isOver(step) || step.after.every((id) => outcome.get(id) === "done")) continue;
      outcome.set(step.id, "skipped");
      waiting.delete(step);
    }
    const isBusy = (address: Address) => [...running].some((step) => step.address === address);
    const startable = [...waiting].filter((step) => isOver(step) && !isBusy(step.address));
    const isUnsettled = [...waiting].some(
      (step) => isOver(step) && step.after.some((id) => outcome.get(id) !== "done"),
    );
    if (isUnsettled) continue;
    const moves = [...startable, ...running];
    if (moves.length === 0 || instants.length >= (schedule.killedAfter ?? Number.POSITIVE_INFINITY)) break;
    const step = moves[schedule.pick(moves.length)] as Step;
    if (!running.has(step)) {
      waiting.delete(step);
      running.add(step);
      schedule.onBegin?.(step, state);
      state = begun(state, step);
      begin(step, all, ready);
      note(`begin ${step.id}`);
      continue;
    }
    running.delete(step);
    const ending = schedule.ends(step);
    outcome.set(step.id, ending === "done" ? "done" : "failed");
    if (ending !== "failed before") state = applyStep(state, step);
    if (ending === "done") {
      state = ended(state, step);
      end(step, all, ready);
    }
    note(`end ${step.id} ${ending}`);
  }
  const having = (wanted: string) => plan.steps.map(({ id }) => id).filter((id) => outcome.get(id) === wanted);
  const [done, failed, skipped] = [having("done"), having("failed"), having("skipped")];
  return { instants, done, failed, skipped, running: [...running], state };
}

function begin({ verb, instance, address }: Step, all: Map<string, Address>, ready: Map<string, Address>): void {
  if (!isWorker(address)) return;
  if (verb === "create") all.set(instance, address);
  if (verb === "delete" || verb === "update" || verb === "stop") ready.delete(instance);
}

function end({ verb, instance, address }: Step, all: Map<string, Address>, ready: Map<string, Address>): void {
  if (!isWorker(address)) return;
  if (verb === "start") ready.set(instance, address);
  if (verb === "delete") all.delete(instance);
}
