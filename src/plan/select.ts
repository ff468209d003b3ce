import { parseAddress } from "../resources/address.js";
import type { Address, Decision, DesiredNode, PlanProblem } from "../resources/kind.js";
import type { Groups } from "./group.js";
import type { PlanInput } from "./input.js";

/** The addresses that `--target` chooses: those named and, when something is made, all that they depend on. */
export function selectAddresses(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
): ReadonlySet<Address> | null {
  if (input.options.targets.length === 0) return null;
  const selected = new Set<Address>();
  const queue = [...input.options.targets];
  for (let address = queue.pop(); address !== undefined; address = queue.pop()) {
    if (selected.has(address)) continue;
    selected.add(address);
    queue.push(...(graph.get(address)?.dependsOn ?? []));
  }
  return selected;
}

export function keepSelected(
  decisions: readonly Decision[],
  selected: ReadonlySet<Address> | null,
): readonly Decision[] {
  return selected === null ? decisions : decisions.filter(({ address }) => selected.has(address));
}

/** Addresses that were typed but neither are wanted nor exist. */
export function unknownTargets(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): readonly PlanProblem[] {
  const { targets, replaces, discardWork } = input.options;
  const exists = (address: Address) =>
    graph.has(address) || groups.objects.has(address) || groups.residues.has(address) || groups.unknown.has(address);
  const missing = [...new Set([...targets, ...replaces, ...discardWork])].filter((address) => !exists(address));
  return missing.map((address) => ({
    code: "PLAN_TARGET_UNKNOWN",
    text: parseAddress(address) === null ? `"${address}" is not an address` : `${address} is neither wanted nor there`,
    hint: "addresses look like worker.default[2] or image.golden; limaform plan shows those of this project",
    addresses: [address],
  }));
}
