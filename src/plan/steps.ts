import { BugError } from "../errors/errors.js";
import { adjacency } from "../graph/graph.js";
import { CycleError, orderPlaces } from "../graph/order.js";
import { parseAddress } from "../resources/address.js";
import type { Address, Decision, KindRules, ResolvedSpec, StepDraft } from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import type { Step } from "./document.js";
import { type RolloutLegs, rolloutEdges } from "./rollout.js";

/* Steps are told apart by their places here: looking up ids of hundreds of thousands of steps would cost most of the time. */

interface Placed {
  /** In the list of all steps, before they are ordered. */
  readonly place: number;
  readonly id: string;
  readonly draft: StepDraft;
  readonly decision: Decision;
}

/** Edges by places: step `later[e]` waits for step `before[e]`. */
interface Edges {
  readonly before: number[];
  readonly later: number[];
}

type AddEdge = (before: number, later: number) => void;

/**
 * Turns the drafts of all decisions into ordered steps with ids and edges.
 *
 * Shape: `after` holds only ids of this list, sorted; the list is in a valid order; ids are unique.
 */
export function orderSteps(
  decisions: readonly Decision[],
  rules: readonly KindRules[],
  spec: ResolvedSpec | null,
): readonly Step[] {
  const lists = place(decisions);
  const placed = lists.flat();
  const edges: Edges = { before: [], later: [] };
  const add: AddEdge = (before, later) => {
    if (before === later) return;
    edges.before.push(before);
    edges.later.push(later);
  };
  const chains = lists.flatMap(chainsOf);
  addChainEdges(chains, add);
  addWaitEdges(placed, readyingSteps(chains), add);
  addKindEdges(lists, { rules, spec, add });
  return inOrder(placed, edges);
}

function inOrder(placed: readonly Placed[], { before, later }: Edges): readonly Step[] {
  const waits = adjacency(placed.length, later, before);
  const { starts, targets } = waits;
  const stepAt = (place: number): Placed => {
    const step = placed[place];
    if (step === undefined) throw new BugError(`the order names an unknown step ${place}`);
    return step;
  };
  const ordering = orderPlaces(waits);
  if (ordering.kind === "cycle") throw new CycleError(ordering.cycle.map((place) => stepAt(place).id));
  return ordering.keys.map((place) => {
    const after: string[] = [];
    for (let edge = starts[place] ?? 0; edge < (starts[place + 1] ?? 0); edge += 1) {
      const { id } = stepAt(targets[edge] ?? 0);
      if (!after.includes(id)) after.push(id);
    }
    return toStep(stepAt(place), after.length > 1 ? after.sort(compareText) : after);
  });
}

/** One list for each decision that has steps. */
function place(decisions: readonly Decision[]): readonly (readonly Placed[])[] {
  const acting = decisions.filter(({ steps }) => steps.length > 0);
  const doubled = doubledIds(acting);
  let count = 0;
  return acting.map((decision) =>
    decision.steps.map((draft) => {
      const plain = `${draft.verb}:${decision.address}`;
      const id = doubled.has(plain) ? `${plain}@${draft.instance}` : plain;
      count += 1;
      return { place: count - 1, id, draft, decision };
    }),
  );
}

/** Ids that several steps would have. Looked for only at addresses with several decisions, or where a verb comes twice. */
function doubledIds(acting: readonly Decision[]): ReadonlySet<string> {
  const met = new Set<Address>();
  const suspects = new Set<Address>();
  for (const { address, steps } of acting) {
    const isDoubled = steps.some(({ verb }, index) => steps.findIndex((other) => other.verb === verb) < index);
    if (isDoubled || met.has(address)) suspects.add(address);
    met.add(address);
  }
  const once = new Set<string>();
  const doubled = new Set<string>();
  for (const { address, steps } of suspects.size === 0 ? [] : acting) {
    for (const { verb } of suspects.has(address) ? steps : []) {
      const plain = `${verb}:${address}`;
      (once.has(plain) ? doubled : once).add(plain);
    }
  }
  return doubled;
}

type Chain = readonly Placed[];

/** Steps of one decision run in their order; the two legs of a replacement are tied by the rollout alone. */
function chainsOf(steps: readonly Placed[]): readonly Chain[] {
  if (steps[0]?.decision.action !== "replace") return [steps];
  const isEnd = ({ draft }: Placed) => draft.rollout === "end";
  return [steps.filter((step) => !isEnd(step)), steps.filter(isEnd)].filter((chain) => chain.length > 0);
}

function addChainEdges(chains: readonly Chain[], add: AddEdge): void {
  for (const chain of chains) {
    let before: Placed | null = null;
    for (const step of chain) {
      if (before !== null) add(before.place, step.place);
      before = step;
    }
  }
}

function addWaitEdges(
  placed: readonly Placed[],
  readying: ReadonlyMap<Address, readonly number[]>,
  add: AddEdge,
): void {
  const awaited = new Set(placed.flatMap(({ draft }) => draft.afterInstances));
  const ending = Map.groupBy(
    placed.filter(({ draft }) => (draft.verb === "delete" || draft.verb === "stop") && awaited.has(draft.instance)),
    ({ draft }) => draft.instance,
  );
  for (const { place, draft } of placed) {
    for (const address of draft.afterAddresses) for (const before of readying.get(address) ?? []) add(before, place);
    for (const name of draft.afterInstances) for (const before of ending.get(name) ?? []) add(before.place, place);
  }
}

/** What "after an address" means: after the last step that makes or readies it. Removals are nobody's precondition. */
function readyingSteps(chains: readonly Chain[]): ReadonlyMap<Address, readonly number[]> {
  const readying = new Map<Address, number[]>();
  for (const chain of chains) {
    const last = chain.at(-1);
    if (last === undefined || last.decision.action === "delete") continue;
    if (last.decision.action === "replace" && last.draft.rollout === "end") continue;
    const { address } = last.decision;
    const list = readying.get(address);
    if (list === undefined) readying.set(address, [last.place]);
    else list.push(last.place);
  }
  return readying;
}

interface KindEdges {
  readonly rules: readonly KindRules[];
  readonly spec: ResolvedSpec | null;
  readonly add: AddEdge;
}

/** Rolling changes of kinds that limit them. */
function addKindEdges(lists: readonly (readonly Placed[])[], { rules, spec, add }: KindEdges): void {
  const byKind = Map.groupBy(lists, ([first]) => parseAddress(first?.decision.address ?? "")?.kind ?? "");
  for (const { kind, rollout } of rules) {
    const limits = spec === null ? undefined : rollout?.(spec);
    if (limits === undefined) continue;
    for (const [before, later] of rolloutEdges((byKind.get(kind) ?? []).flatMap(legsOf), limits)) add(before, later);
  }
}

function legsOf(steps: readonly Placed[]): readonly RolloutLegs<number>[] {
  const [first] = steps;
  if (first === undefined) return [];
  const make: number[] = [];
  const end: number[] = [];
  for (const { place, draft } of steps) {
    if (draft.rollout === "make") make.push(place);
    if (draft.rollout === "end") end.push(place);
  }
  return [{ decision: first.decision, make, end }];
}

function toStep({ id, draft, decision }: Placed, after: readonly string[]): Step {
  const { verb, instance, onInterrupt, timeoutMs, retries, inputs } = draft;
  return {
    id,
    verb,
    address: decision.address,
    instance,
    after,
    class: draft.class,
    onInterrupt,
    timeoutMs,
    retries,
    inputs,
  };
}
