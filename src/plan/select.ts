import { parseAddress } from "../resources/address.js";
import type { Address, DesiredNode, PlanProblem } from "../resources/kind.js";
import { isListingUnknown } from "./checks.js";
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

/** Addresses that were typed but neither are wanted nor exist; of `stop` and `start`, those where nothing is. */
export function unknownTargets(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): readonly PlanProblem[] {
  const { intent } = input;
  if (isListingUnknown(input.world)) return [];
  const { targets, replaces, discardWork } = input.options;
  const isThere = (address: Address) =>
    groups.objects.has(address) || groups.residues.has(address) || groups.unknown.has(address);
  const isWanted = (address: Address) => graph.has(address);
  const named = intent.kind === "stop" || intent.kind === "start" ? intent.addresses : [];
  const missing = new Set([
    ...[...targets, ...replaces, ...discardWork].filter((address) => !isThere(address) && !isWanted(address)),
    ...named.filter((address) => !isThere(address)),
  ]);
  return [...missing].map((address) => ({
    code: "PLAN_TARGET_UNKNOWN",
    text: parseAddress(address) === null ? `"${address}" is not an address` : `there is no ${address}`,
    hint: "addresses look like worker.default[2] or image.golden; limaform plan shows those of this project",
    addresses: [address],
  }));
}
