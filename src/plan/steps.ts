import { addEdge, createEdges, type Edges } from "../graph/edges.js";
import { adjacency } from "../graph/graph.js";
import { CycleError, orderPlaces } from "../graph/order.js";
import { forEachPlace, type Places, placesOf } from "../graph/places.js";
import { isOfKind, slotOf } from "../resources/address.js";
import type { Address, Decision, KindRules, ResolvedSpec, StepDraft } from "../resources/kind.js";
import { createAddressMap } from "./address-map.js";
import { sortedIds } from "./after-ids.js";
import type { Step } from "./document.js";
import { type RolloutLegs, rolloutEdges } from "./rollout.js";
import { stepIds } from "./step-ids.js";

/*
 * Steps are told apart by their places here, edges are numbers in flat lists, and a step is no object of its own until it
 * is ordered: looking up ids of hundreds of thousands of steps, and making a second object for each, would cost most of
 * the time. Each address and each name that is waited for is looked up once.
 */

/** Lists by place, or by number of the decision. The steps of one decision have places side by side, in its order. */
interface Placed {
  readonly acting: readonly Decision[];
  readonly drafts: readonly StepDraft[];
  /** By place: the number of its decision. */
  readonly owners: Uint32Array;
  /** Numbers of the decisions about an address. */
  readonly decisionsAt: Places<Address>;
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
  const placed = place(decisions.filter(({ steps }) => steps.length > 0));
  const edges = createEdges();
  addChainEdges(placed, edges);
  addWaitEdges(placed, edges);
  addKindEdges(placed, { rules, spec, edges });
  return inOrder(placed, edges);
}

function place(acting: readonly Decision[]): Placed {
  const count = acting.reduce((sum, { steps }) => sum + steps.length, 0);
  const drafts = new Array<StepDraft>(count);
  const owners = new Uint32Array(count);
  const addresses = acting.map(({ address }) => address);
  const decisionsAt = placesOf(addresses, (number) => number, createAddressMap());
  let place = 0;
  acting.forEach(({ steps }, number) => {
    for (const draft of steps) {
      drafts[place] = draft;
      owners[place] = number;
      place += 1;
    }
  });
  return { acting, drafts, owners, decisionsAt };
}

/** A step waits for another, never for itself. */
function addWait(edges: Edges, later: number, before: number): void {
  if (later !== before) addEdge(edges, later, before);
}

/** The two legs of a replacement are tied by the rollout alone. */
const isSecondLeg = ({ action }: Decision, { rollout }: StepDraft): boolean =>
  action === "replace" && rollout === "end";

/** Steps of one decision run in their order, each leg of it for itself. */
function addChainEdges({ acting, drafts, owners }: Placed, edges: Edges): void {
  let [first, second] = [-1, -1];
  drafts.forEach((draft, place) => {
    const decision = acting[owners[place] as number] as Decision;
    if (owners[place] !== owners[place - 1]) {
      first = -1;
      second = -1;
    }
    const isSecond = isSecondLeg(decision, draft);
    const before = isSecond ? second : first;
    if (before !== -1) addWait(edges, place, before);
    if (isSecond) second = place;
    else first = place;
  });
}

function addWaitEdges(placed: Placed, edges: Edges): void {
  const { drafts, decisionsAt } = placed;
  const readying = readyingSteps(placed);
  const ending = endingSteps(drafts);
  let waiting = 0;
  const afterDecision = (number: number): void => {
    const before = readying[number] as number;
    if (before !== -1) addWait(edges, waiting, before);
  };
  const afterStep = (before: number): void => addWait(edges, waiting, before);
  drafts.forEach(({ afterAddresses, afterInstances }, place) => {
    waiting = place;
    for (const address of afterAddresses) forEachPlace(decisionsAt, address, afterDecision);
    for (const name of afterInstances) forEachPlace(ending, name, afterStep);
  });
}

/**
 * What "after an address" means, by decision about it: after the last step that makes or readies it; -1 = none. Removals
 * are nobody's precondition.
 */
function readyingSteps({ acting, drafts, owners }: Placed): Int32Array {
  const readying = new Int32Array(acting.length).fill(-1);
  drafts.forEach((draft, place) => {
    const number = owners[place] as number;
    const decision = acting[number] as Decision;
    if (decision.action !== "delete" && !isSecondLeg(decision, draft)) readying[number] = place;
  });
  return readying;
}

/** The steps that delete or stop an instance, by its name; none where nobody waits for one. */
function endingSteps(drafts: readonly StepDraft[]): Places<string> {
  const names: string[] = [];
  const places: number[] = [];
  if (drafts.some(({ afterInstances }) => afterInstances.length > 0)) {
    drafts.forEach(({ verb, instance }, place) => {
      if (verb !== "delete" && verb !== "stop") return;
      names.push(instance);
      places.push(place);
    });
  }
  return placesOf(names, (index) => places[index] as number);
}

interface KindEdges {
  readonly rules: readonly KindRules[];
  readonly spec: ResolvedSpec | null;
  readonly edges: Edges;
}

/** Rolling changes of kinds that limit them. */
function addKindEdges({ acting }: Placed, { rules, spec, edges }: KindEdges): void {
  if (spec === null) return;
  for (const { kind, rollout } of rules) {
    if (rollout === undefined) continue;
    const legs: RolloutLegs[] = [];
    let place = 0;
    acting.forEach((decision) => {
      if (isOfKind(kind, decision.address)) legs.push(legsOf(decision, place));
      place += decision.steps.length;
    });
    rolloutEdges(legs, rollout(spec), (before, later) => addWait(edges, later, before));
  }
}

function legsOf(decision: Decision, firstPlace: number): RolloutLegs {
  let [firstMake, lastMake, firstEnd, lastEnd] = [-1, -1, -1, -1];
  decision.steps.forEach(({ rollout }, index) => {
    if (rollout === "make") lastMake = firstPlace + index;
    if (rollout === "end") lastEnd = firstPlace + index;
    if (firstMake === -1) firstMake = lastMake;
    if (firstEnd === -1) firstEnd = lastEnd;
  });
  return { decision, slot: slotOf(decision.address), firstMake, lastMake, firstEnd, lastEnd };
}

/** Errors: CycleError, a defect of the rules. */
function inOrder({ acting, drafts, owners, decisionsAt }: Placed, edges: Edges): readonly Step[] {
  const ids = stepIds(acting, decisionsAt);
  const waits = adjacency(drafts.length, edges);
  const { starts, targets } = waits;
  const ordering = orderPlaces(waits);
  if (ordering.kind === "cycle") throw new CycleError(ordering.cycle.map((place) => ids[place]));
  const steps = new Array<Step>(drafts.length);
  ordering.places.forEach((place, at) => {
    const after = sortedIds(ids, targets, starts[place] as number, starts[place + 1] as number);
    const { address } = acting[owners[place] as number] as Decision;
    steps[at] = toStep(ids[place] as string, drafts[place] as StepDraft, address, after);
  });
  return steps;
}

function toStep(id: string, draft: StepDraft, address: Address, after: readonly string[]): Step {
  const { verb, instance, onInterrupt, timeoutMs, retries, inputs } = draft;
  return { id, verb, address, instance, after, class: draft.class, onInterrupt, timeoutMs, retries, inputs };
}
