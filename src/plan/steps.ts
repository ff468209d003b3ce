import { adjacency } from "../graph/graph.js";
import { CycleError, orderPlaces } from "../graph/order.js";
import { addPlace, type Places, placesAt } from "../graph/places.js";
import { kindOf } from "../resources/address.js";
import type { Address, Decision, KindRules, ResolvedSpec, StepDraft } from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import type { Step } from "./document.js";
import { type RolloutLegs, rolloutEdges } from "./rollout.js";
import { stepIds } from "./step-ids.js";

/*
 * Steps are told apart by their places here, and a step is no object of its own until it is ordered: looking up ids of
 * hundreds of thousands of steps, and making a second object for each, would cost most of the time.
 */

/** Lists by place. The steps of one decision have places side by side, in its order. */
interface Placed {
  readonly drafts: readonly StepDraft[];
  readonly decisions: readonly Decision[];
}

/** Edges by places: step `later[e]` waits for step `before[e]`. */
interface Edges {
  readonly before: number[];
  readonly later: number[];
}

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
  const acting = decisions.filter(({ steps }) => steps.length > 0);
  const placed = place(acting);
  const edges: Edges = { before: [], later: [] };
  addChainEdges(placed, edges);
  addWaitEdges(placed, edges);
  addKindEdges(acting, { rules, spec, edges });
  return inOrder(placed, stepIds(acting), edges);
}

function place(acting: readonly Decision[]): Placed {
  const drafts: StepDraft[] = [];
  const decisions: Decision[] = [];
  for (const decision of acting) {
    for (const draft of decision.steps) {
      drafts.push(draft);
      decisions.push(decision);
    }
  }
  return { drafts, decisions };
}

function addEdge({ before, later }: Edges, from: number, to: number): void {
  if (from === to) return;
  before.push(from);
  later.push(to);
}

/** The two legs of a replacement are tied by the rollout alone. */
const isSecondLeg = ({ action }: Decision, { rollout }: StepDraft): boolean =>
  action === "replace" && rollout === "end";

/** Steps of one decision run in their order, each leg of it for itself. */
function addChainEdges({ drafts, decisions }: Placed, edges: Edges): void {
  let [first, second] = [-1, -1];
  drafts.forEach((draft, place) => {
    const decision = decisions[place] as Decision;
    if (decision !== decisions[place - 1]) [first, second] = [-1, -1];
    const isSecond = isSecondLeg(decision, draft);
    const before = isSecond ? second : first;
    if (before !== -1) addEdge(edges, before, place);
    if (isSecond) second = place;
    else first = place;
  });
}

function addWaitEdges(placed: Placed, edges: Edges): void {
  const { drafts } = placed;
  const addresses = new Set<Address>();
  const instances = new Set<string>();
  for (const { afterAddresses, afterInstances } of drafts) {
    for (const address of afterAddresses) addresses.add(address);
    for (const instance of afterInstances) instances.add(instance);
  }
  const readying = readyingSteps(placed, addresses);
  const ending: Places<string> = new Map();
  drafts.forEach(({ verb, instance }, place) => {
    if ((verb === "delete" || verb === "stop") && instances.has(instance)) addPlace(ending, instance, place);
  });
  drafts.forEach(({ afterAddresses, afterInstances }, place) => {
    for (const address of afterAddresses)
      for (const before of placesAt(readying, address)) addEdge(edges, before, place);
    for (const name of afterInstances) for (const before of placesAt(ending, name)) addEdge(edges, before, place);
  });
}

/** What "after an address" means: after the last step that makes or readies it. Removals are nobody's precondition. */
function readyingSteps({ drafts, decisions }: Placed, awaited: ReadonlySet<Address>): Places<Address> {
  const readying: Places<Address> = new Map();
  let last = -1;
  drafts.forEach((draft, place) => {
    const decision = decisions[place] as Decision;
    if (decision.action !== "delete" && !isSecondLeg(decision, draft)) last = place;
    if (decision === decisions[place + 1] || last === -1) return;
    if (awaited.has(decision.address)) addPlace(readying, decision.address, last);
    last = -1;
  });
  return readying;
}

interface KindEdges {
  readonly rules: readonly KindRules[];
  readonly spec: ResolvedSpec | null;
  readonly edges: Edges;
}

/** Rolling changes of kinds that limit them. */
function addKindEdges(acting: readonly Decision[], { rules, spec, edges }: KindEdges): void {
  const legs = new Map<string, RolloutLegs<number>[]>();
  const limits = new Map<string, ReturnType<NonNullable<KindRules["rollout"]>>>();
  for (const { kind, rollout } of rules) {
    if (spec === null || rollout === undefined) continue;
    limits.set(kind, rollout(spec));
    legs.set(kind, []);
  }
  let place = 0;
  for (const decision of acting) {
    legs.get(kindOf(decision.address))?.push(legsOf(decision, place));
    place += decision.steps.length;
  }
  for (const [kind, limit] of limits) {
    for (const [before, later] of rolloutEdges(legs.get(kind) ?? [], limit)) addEdge(edges, before, later);
  }
}

function legsOf(decision: Decision, firstPlace: number): RolloutLegs<number> {
  let make: readonly number[] = NONE;
  let end: readonly number[] = NONE;
  decision.steps.forEach(({ rollout }, index) => {
    if (rollout === "make") make = withPlace(make, firstPlace + index);
    if (rollout === "end") end = withPlace(end, firstPlace + index);
  });
  return { decision, make, end };
}

const NONE: readonly never[] = [];

/** Not `push`, which makes room for sixteen more: these lists are many, short and done. */
const withPlace = (places: readonly number[], place: number): readonly number[] =>
  places.length === 0 ? [place] : [...places, place];

/** Errors: CycleError, a defect of the rules. */
function inOrder({ drafts, decisions }: Placed, ids: readonly string[], { before, later }: Edges): readonly Step[] {
  const waits = adjacency(drafts.length, later, before);
  const { starts, targets } = waits;
  const ordering = orderPlaces(waits);
  if (ordering.kind === "cycle") throw new CycleError(ordering.cycle.map((place) => ids[place]));
  return ordering.keys.map((place) => {
    const after = sortedIds(ids, targets, starts[place] as number, starts[place + 1] as number);
    return toStep(ids[place] as string, drafts[place] as StepDraft, decisions[place] as Decision, after);
  });
}

const FEW = 8;

/** Ids of a part of these places, sorted, each once. They are few as a rule, and then put in place one by one. */
function sortedIds(ids: readonly string[], places: Uint32Array, from: number, to: number): readonly string[] {
  if (to - from > FEW) {
    const all = Array.from(places.subarray(from, to), (place) => ids[place] as string);
    return [...new Set(all)].sort(compareText);
  }
  let sorted: readonly string[] = NONE;
  for (let at = from; at < to; at += 1) sorted = withId(sorted, ids[places[at] as number] as string);
  return sorted;
}

function withId(sorted: readonly string[], id: string): readonly string[] {
  if (sorted.length === 0) return [id];
  let place = sorted.length;
  while (place > 0 && id < (sorted[place - 1] as string)) place -= 1;
  return sorted[place - 1] === id ? sorted : sorted.toSpliced(place, 0, id);
}

function toStep(id: string, draft: StepDraft, { address }: Decision, after: readonly string[]): Step {
  const { verb, instance, onInterrupt, timeoutMs, retries, inputs } = draft;
  return { id, verb, address, instance, after, class: draft.class, onInterrupt, timeoutMs, retries, inputs };
}
