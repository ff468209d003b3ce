import { compareAddresses, parseAddress } from "../resources/address.js";
import type { Address, CollectContext, DecideContext, Decision, DesiredNode, PlanProblem } from "../resources/kind.js";
import type { JsonObject } from "../util/json.js";
import type { Groups } from "./group.js";
import type { PlanInput } from "./input.js";
import { predict } from "./predict.js";
import { keepSelected, selectAddresses } from "./select.js";

export interface Decisions {
  readonly decisions: readonly Decision[];
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly string[];
}

/** Lets every kind decide about its addresses, in registry order, each seeing what those before it will offer. */
export function decideAll(input: PlanInput, graph: ReadonlyMap<Address, DesiredNode>, groups: Groups): Decisions {
  const decisions: Decision[] = [];
  const problems: PlanProblem[] = [];
  const notes: string[] = [];
  const outputs = new Map<Address, JsonObject>();
  const takenNames = new Set(input.world.instances.map(({ name }) => name));
  const byName = new Map(input.world.instances.map((instance) => [instance.name, instance]));
  const common = { ...input, graph, byName, outputs, takenNames, forcedReplaces: new Set(input.options.replaces) };
  const addresses = addressesByKind(input, graph, groups);
  for (const rules of input.rules) {
    for (const address of addresses.get(rules.kind) ?? []) {
      if (groups.unknown.has(address)) {
        problems.push(unknownProblem(address, groups));
        continue;
      }
      const decided = rules.decide({ ...common, ...perAddress(input, address, graph, groups) } satisfies DecideContext);
      decisions.push(...decided.decisions);
      problems.push(...decided.problems);
      notes.push(...decided.notes);
      outputs.set(address, decided.outputs);
      for (const { instance } of decided.decisions) takenNames.add(instance);
    }
  }
  const selected = selectAddresses(input, graph);
  const chosen = keepSelected(decisions, selected);
  // Judged on what will really be done: a target that rolls one worker must not free the image of the others.
  const context: CollectContext = { ...common, addresses: groups.objects, predicted: predict(input, chosen) };
  const collected = input.rules.flatMap((rules) => rules.collect?.(context) ?? []);
  return { decisions: [...chosen, ...keepSelected(collected, selected)], problems, notes };
}

function perAddress(input: PlanInput, address: Address, graph: ReadonlyMap<Address, DesiredNode>, groups: Groups) {
  return {
    address,
    desired: graph.get(address) ?? null,
    objects: groups.objects.get(address) ?? [],
    residues: groups.residues.get(address) ?? [],
    isForcedReplace: input.options.replaces.includes(address),
  };
}

/**
 * Addresses by kind that are wanted, there, or feared: wanted ones in compile order (tools before golden), then the rest.
 * `stop` and `start` look only at those that were named.
 */
function addressesByKind(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): ReadonlyMap<string, readonly Address[]> {
  const { intent } = input;
  const present = [...groups.objects.keys(), ...groups.residues.keys(), ...groups.unknown.keys()];
  const rest = [...new Set(present)].filter((address) => !graph.has(address)).sort(compareAddresses);
  const all = intent.kind === "stop" || intent.kind === "start" ? intent.addresses : [...graph.keys(), ...rest];
  return Map.groupBy(all, (address) => parseAddress(address)?.kind ?? "");
}

function unknownProblem(address: Address, groups: Groups): PlanProblem {
  const instances = groups.unknown.get(address) ?? [];
  const names = instances.map(({ name }) => name).join(", ");
  const why = instances.flatMap((instance) => [
    ...(instance.marks.kind === "unknown" ? [instance.marks.text] : []),
    ...(instance.hasConfig ? [] : ["it has no lima.yaml, and no apply of this project began it"]),
    ...instance.errors,
  ]);
  return {
    code: "PLAN_UNKNOWN",
    text: `${address}: ${names} cannot be read (${why.join("; ")}), so nothing is done at this address`,
    hint: `look at it with: limactl list ${names}`,
    addresses: [address],
  };
}
