import { BugError } from "../errors/errors.js";
import { topologicalOrder } from "../graph/order.js";
import { parseAddress } from "../resources/address.js";
import type { Address, Decision, KindRules, ResolvedSpec, StepDraft } from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import type { Step } from "./document.js";
import { type Edge, type RolloutLegs, rolloutEdges } from "./rollout.js";

interface Placed {
  readonly id: string;
  readonly draft: StepDraft;
  readonly decision: Decision;
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
  const placed = place(decisions);
  const chains = chainsOf(placed);
  const after = new Map<string, Set<string>>(placed.map(({ id }) => [id, new Set<string>()]));
  for (const edges of [chainEdges(chains), waitEdges(placed, chains), kindEdges(placed, rules, spec)]) {
    for (const [before, later] of edges) if (before !== later) after.get(later)?.add(before);
  }
  const order = topologicalOrder(
    placed.map(({ id }) => id),
    (id) => after.get(id) ?? [],
  );
  const byId = new Map(placed.map((step) => [step.id, step]));
  return order.map((id) => {
    const step = byId.get(id);
    if (step === undefined) throw new BugError(`the order names an unknown step ${id}`);
    return toStep(step, [...(after.get(id) ?? [])].sort(compareText));
  });
}

function place(decisions: readonly Decision[]): readonly Placed[] {
  const drafts = decisions.flatMap((decision) => decision.steps.map((draft) => ({ draft, decision })));
  const counts = Map.groupBy(drafts, ({ draft, decision }) => `${draft.verb}:${decision.address}`);
  return drafts.map(({ draft, decision }) => {
    const plain = `${draft.verb}:${decision.address}`;
    const isAlone = (counts.get(plain)?.length ?? 0) === 1;
    return { id: isAlone ? plain : `${plain}@${draft.instance}`, draft, decision };
  });
}

type Chain = readonly Placed[];

/** Steps of one decision run in their order; the two legs of a replacement are tied by the rollout alone. */
function chainsOf(placed: readonly Placed[]): readonly Chain[] {
  return [...Map.groupBy(placed, ({ decision }) => decision).values()].flatMap((steps) => {
    if (steps[0]?.decision.action !== "replace") return [steps];
    const isEnd = ({ draft }: Placed) => draft.rollout === "end";
    return [steps.filter((step) => !isEnd(step)), steps.filter(isEnd)].filter((chain) => chain.length > 0);
  });
}

function chainEdges(chains: readonly Chain[]): Edge[] {
  return chains.flatMap((chain) => chain.slice(1).map((step, index): Edge => [chain[index]?.id ?? step.id, step.id]));
}

function waitEdges(placed: readonly Placed[], chains: readonly Chain[]): Edge[] {
  const readying = readyingSteps(chains);
  const ending = Map.groupBy(
    placed.filter(({ draft }) => draft.verb === "delete" || draft.verb === "stop"),
    ({ draft }) => draft.instance,
  );
  return placed.flatMap(({ id, draft }) => [
    ...draft.afterAddresses.flatMap((address) => readying.get(address) ?? []).map((before): Edge => [before, id]),
    ...draft.afterInstances.flatMap((name) => ending.get(name) ?? []).map((before): Edge => [before.id, id]),
  ]);
}

/** What "after an address" means: after the last step that makes or readies it. Removals are nobody's precondition. */
function readyingSteps(chains: readonly Chain[]): ReadonlyMap<Address, readonly string[]> {
  const readying = new Map<Address, string[]>();
  for (const chain of chains) {
    const last = chain.at(-1);
    if (last === undefined || last.decision.action === "delete") continue;
    if (last.decision.action === "replace" && last.draft.rollout === "end") continue;
    const { address } = last.decision;
    readying.set(address, [...(readying.get(address) ?? []), last.id]);
  }
  return readying;
}

/** Rolling changes of kinds that limit them. */
function kindEdges(placed: readonly Placed[], rules: readonly KindRules[], spec: ResolvedSpec | null): Edge[] {
  const byKind = Map.groupBy(placed, ({ decision }) => parseAddress(decision.address)?.kind ?? "");
  return rules.flatMap((kind) => {
    const limits = spec === null ? undefined : kind.rollout?.(spec);
    return limits === undefined ? [] : rolloutEdges(legsOf(byKind.get(kind.kind) ?? []), limits);
  });
}

function legsOf(placed: readonly Placed[]): readonly RolloutLegs[] {
  return [...Map.groupBy(placed, ({ decision }) => decision)].map(([decision, steps]) => {
    const leg = (rollout: "make" | "end") => steps.filter(({ draft }) => draft.rollout === rollout).map(({ id }) => id);
    return { decision, make: leg("make"), end: leg("end") };
  });
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
