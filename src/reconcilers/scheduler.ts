import PQueue from "p-queue";
import { PlanError } from "../errors/errors.js";
import type { Step } from "../plan/document.js";
import type { StepClass } from "../resources/kind.js";
import type { Interrupt } from "./interrupt.js";
import type { Limits } from "./limits.js";

/** How a step that was started ended. Units: `elapsedMs`. */
export interface StepEnd {
  readonly status: "done" | "failed" | "interrupted";
  readonly elapsedMs: number;
  /** null where it is done. */
  readonly error: unknown;
}

/** Shape: `because` is the id of the step whose failure is at the root, or `interrupt`. */
export type StepOutcome = StepEnd | { readonly status: "skipped"; readonly because: string };

/** Stands in `because` where no failure but the user kept a step from starting. */
export const BECAUSE_OF_INTERRUPT = "interrupt";

export interface WalkOptions {
  readonly limits: Limits;
  readonly interrupt: Pick<Interrupt, "first" | "second">;
  /** Does the step; the signal is aborted when the user's interrupt reaches it. */
  readonly run: (step: Step, signal: AbortSignal) => Promise<StepEnd>;
  readonly onSkipped: (step: Step, because: string) => void;
}

/**
 * Walks the plan's execution graph and adds nothing to it.
 *
 * Shape: each step has exactly one outcome. A step starts when all that it waits for are done, no other step of its
 * address runs, and its class and the whole have room. Others of equal standing start in the order of the plan. It is
 * skipped when something it waits for did not get done, and only once all of that has ended, so that outcomes do not
 * depend on who was faster. Failures stop nothing but what depends on them.
 * Errors: PLAN_STEPS_INVALID.
 */
export async function walk(steps: readonly Step[], options: WalkOptions): Promise<ReadonlyMap<string, StepOutcome>> {
  const nodes = linkNodes(steps);
  const queues = createQueues(options.limits);
  const turns = createAddressTurns();
  const finished = Promise.withResolvers<void>();
  let left = nodes.length;

  const enqueue = (node: Node): void => {
    queues.add(node, () => start(node)).catch(finished.reject);
  };
  const start = async (node: Node): Promise<void> => {
    const cause = whyNot(node, options.interrupt);
    const outcome = cause === null ? await runNode(node, options) : skippedBy(node, cause);
    turns.release(node, enqueue);
    settle(node, outcome);
  };
  const settle = (first: Node, outcome: StepOutcome): void => {
    // A list of its own instead of recursion: a chain of skipped steps may be long.
    const settled: [Node, StepOutcome][] = [[first, outcome]];
    for (let next = settled.shift(); next !== undefined; next = settled.shift()) {
      const [node, ended] = next;
      node.outcome = ended;
      left -= 1;
      if (ended.status === "failed") node.root = node;
      if (ended.status === "skipped") options.onSkipped(node.step, ended.because);
      for (const dependent of node.dependents) {
        dependent.waitsFor -= 1;
        if (dependent.waitsFor > 0) continue;
        const cause = whyNot(dependent, options.interrupt);
        if (cause === null) turns.take(dependent, enqueue);
        else settled.push([dependent, skippedBy(dependent, cause)]);
      }
    }
    if (left === 0) finished.resolve();
  };

  if (left === 0) finished.resolve();
  for (const node of nodes) if (node.dependencies.length === 0) turns.take(node, enqueue);
  await finished.promise;
  return new Map(nodes.map((node) => [node.step.id, outcomeOf(node)]));
}

interface Node {
  readonly step: Step;
  /** Place in the plan. */
  readonly place: number;
  readonly dependencies: readonly Node[];
  readonly dependents: Node[];
  /** How many of its dependencies have not ended. */
  waitsFor: number;
  outcome: StepOutcome | null;
  /** The failed step behind it: itself, or the one for which it is skipped. */
  root: Node | null;
}

function linkNodes(steps: readonly Step[]): readonly Node[] {
  const byId = new Map<string, Node>();
  steps.forEach((step, place) => {
    // A valid order has each step after those that it waits for; so a cycle shows here too.
    const dependencies = [...new Set(step.after)].map(
      (id) => byId.get(id) ?? invalid(`${step.id} waits for ${id}, which does not come before it`),
    );
    const node: Node = {
      step,
      place,
      dependencies,
      dependents: [],
      waitsFor: dependencies.length,
      outcome: null,
      root: null,
    };
    for (const dependency of dependencies) dependency.dependents.push(node);
    if (byId.has(step.id)) invalid(`there are two steps ${step.id}`);
    byId.set(step.id, node);
  });
  return [...byId.values()];
}

function invalid(why: string): never {
  throw new PlanError("PLAN_STEPS_INVALID", `the plan's steps cannot be walked: ${why}`, {
    hint: "The plan was changed or damaged after it was made. Make a new one: limaform plan",
  });
}

/** Why a step must not start, or null: of the failures behind it the one that comes first in the plan, else the interrupt. */
function whyNot(node: Node, interrupt: WalkOptions["interrupt"]): Node | typeof BECAUSE_OF_INTERRUPT | null {
  const lacking = node.dependencies.filter(({ outcome }) => outcome?.status !== "done");
  const roots = lacking.map(({ root }) => root).filter((root) => root !== null);
  const [first, ...others] = roots;
  if (first !== undefined) return others.reduce((least, root) => (root.place < least.place ? root : least), first);
  return lacking.length > 0 || interrupt.first.aborted ? BECAUSE_OF_INTERRUPT : null;
}

function skippedBy(node: Node, cause: Node | typeof BECAUSE_OF_INTERRUPT): StepOutcome {
  if (cause === BECAUSE_OF_INTERRUPT) return { status: "skipped", because: cause };
  node.root = cause;
  return { status: "skipped", because: cause.step.id };
}

function outcomeOf(node: Node): StepOutcome {
  return node.outcome ?? invalid(`${node.step.id} was never reached`);
}

/** One queue a class before one for all: a step that waits in the second holds room in the first only while that is full. */
function createQueues(limits: Limits): { add(node: Node, act: () => Promise<void>): Promise<void> } {
  const all = new PQueue({ concurrency: limits.parallel });
  const classes = new Map<StepClass, PQueue>();
  return {
    add(node, act) {
      const { class: stepClass } = node.step;
      const queue = classes.get(stepClass) ?? new PQueue({ concurrency: limits.classes[stepClass] });
      classes.set(stepClass, queue);
      const priority = -node.place;
      return queue.add(() => all.add(act, { priority }), { priority });
    },
  };
}

/** Lets the steps of one address go one after another, in the order in which they became ready. */
function createAddressTurns() {
  const waiting = new Map<string, Node[]>();
  return {
    take(node: Node, go: (node: Node) => void): void {
      const others = waiting.get(node.step.address);
      if (others !== undefined) {
        others.push(node);
        return;
      }
      waiting.set(node.step.address, []);
      go(node);
    },
    release(node: Node, go: (node: Node) => void): void {
      const next = waiting.get(node.step.address)?.shift();
      if (next === undefined) waiting.delete(node.step.address);
      else go(next);
    },
  };
}

/** Runs one step with a signal of its own. An exception here is a defect of `run`, and this step's failure. */
async function runNode({ step }: Node, options: WalkOptions): Promise<StepEnd> {
  const controller = new AbortController();
  const { first, second } = options.interrupt;
  const reaching = step.onInterrupt === "stop" ? [first, second] : [second];
  const abort = (event: Event): void => {
    if (event.target instanceof AbortSignal) controller.abort(event.target.reason);
  };
  for (const signal of reaching) signal.addEventListener("abort", abort, { once: true });
  try {
    return await options.run(step, controller.signal);
  } catch (error) {
    return { status: "failed", elapsedMs: 0, error };
  } finally {
    for (const signal of reaching) signal.removeEventListener("abort", abort);
  }
}
