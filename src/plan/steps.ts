import { BugError } from "../errors/errors.js";
import { topologicalOrder } from "../graph/order.js";
import { parseAddress } from "../resources/address.js";
import type { Address, Decision, KindRules, ResolvedSpec, StepDraft } from "../resources/kind.js";
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
  const edges = [...chainEdges(placed), ...waitEdges(placed), ...kindEdges(decisions, placed, rules, spec)];
  const after = new Map<string, Set<string>>(placed.map(({ id }) => [id, new Set<string>()]));
  for (const [before, later] of edges) if (before !== later) after.get(later)?.add(before);
  const order = topologicalOrder(
    placed.map(({ id }) => id),
    (id) => [...(after.get(id) ?? [])],
  );
  const byId = new Map(placed.map((step) => [step.id, step]));
  return order.map((id) => {
    const step = byId.get(id);
    if (step === undefined) throw new BugError(`the order names an unknown step ${id}`);
    return toStep(step, [...(after.get(id) ?? [])].sort());
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

/** Steps of one decision run in their order; the two legs of a replacement are tied by the rollout alone. */
function chainEdges(placed: readonly Placed[]): Edge[] {
  const chains = Map.groupBy(
    placed,
    ({ decision, draft }) => `${decision.address} ${decision.instance} ${decision.action} ${draft.rollout === "end"}`,
  );
  return [...chains.values()].flatMap((chain) =>
    chain.slice(1).map((step, index): Edge => [chain[index]?.id ?? step.id, step.id]),
  );
}

function waitEdges(placed: readonly Placed[]): Edge[] {
  const byAddress = Map.groupBy(placed, ({ decision }) => decision.address);
  const ending = Map.groupBy(
    placed.filter(({ draft }) => draft.verb === "delete" || draft.verb === "stop"),
    ({ draft }) => draft.instance,
  );
  return placed.flatMap(({ id, draft }) => [
    ...draft.afterAddresses
      .flatMap((address) => waitsFor(byAddress.get(address) ?? []))
      .map((before): Edge => [before, id]),
    ...draft.afterInstances.flatMap((name) => ending.get(name) ?? []).map((before): Edge => [before.id, id]),
  ]);
}

/** What "after an address" means: after what makes or readies it; the removal of an old object is nobody's precondition. */
const waitsFor = (steps: readonly Placed[]): readonly string[] =>
  steps.filter(({ draft, decision }) => draft.rollout !== "end" && decision.action !== "delete").map(({ id }) => id);

/** Rolling replacement of kinds that have it; deletions run against the order of dependencies. */
function kindEdges(
  decisions: readonly Decision[],
  placed: readonly Placed[],
  rules: readonly KindRules[],
  spec: ResolvedSpec | null,
): Edge[] {
  const byDecision = Map.groupBy(placed, ({ decision }) => decision);
  const kindOf = (address: Address) => parseAddress(address)?.kind ?? "";
  return rules.flatMap((kind) => {
    const limits = spec === null ? undefined : kind.rollout?.(spec);
    if (limits === undefined) return [];
    const legs = decisions
      .filter((decision) => kindOf(decision.address) === kind.kind)
      .map((decision): RolloutLegs => {
        const steps = byDecision.get(decision) ?? [];
        const isEnd = ({ draft }: Placed) => draft.rollout === "end" || decision.action === "delete";
        return {
          decision,
          make: steps.filter((step) => !isEnd(step)).map(({ id }) => id),
          end: steps.filter(isEnd).map(({ id }) => id),
        };
      });
    return rolloutEdges(legs, limits);
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
