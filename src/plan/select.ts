import { parseAddress } from "../resources/address.js";
import type { Address, Decision, DesiredNode, PlanProblem } from "../resources/kind.js";
import { quoteText } from "../util/quote.js";
import { isListingUnknown } from "./checks.js";
import type { PlanOptions } from "./document.js";
import { expandAddresses, meantAddress } from "./expand.js";
import type { Groups } from "./group.js";
import { namedAddresses } from "./hands.js";
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

/** What `--target` and the like mean in this fleet. Work is given up by whole addresses only, never by a pattern. */
export function expandOptions(
  { targets, replaces, discardWork }: PlanOptions,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): PlanOptions {
  const known = knownAddresses(graph, groups);
  return {
    targets: expandAddresses(targets, known, { wildcards: true }),
    replaces: expandAddresses(replaces, known, { wildcards: true }),
    discardWork: expandAddresses(discardWork, known, { wildcards: false }),
  };
}

function knownAddresses(graph: ReadonlyMap<Address, DesiredNode>, groups: Groups): readonly Address[] {
  const there = [...groups.objects.keys(), ...groups.residues.keys(), ...groups.unknown.keys()];
  return [...new Set([...graph.keys(), ...there])];
}

/** Replacements that were asked for and that no decision is about: outside the targets, or of what cannot be replaced. */
export function replaceProblems(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  decisions: readonly Decision[],
): readonly PlanProblem[] {
  const { options } = input;
  const selected = selectAddresses(input, graph);
  return options.replaces.flatMap((address) => {
    const why = !hasObjects(input, address)
      ? "cannot be replaced: it has no instance of its own"
      : selected !== null && !selected.has(address)
        ? "is to be replaced, but is not among the targets"
        : null;
    const isKnown = graph.has(address) || decisions.some((decision) => decision.address === address);
    if (why === null || !isKnown) return [];
    const hint =
      selected !== null && !selected.has(address)
        ? `name it too: --target '${address}'`
        : "replace the worker that it belongs to, or an image";
    return [{ code: "PLAN_TARGET_UNKNOWN", text: `${address} ${why}`, hint, addresses: [address] }];
  });
}

/** Addresses that were typed but neither are wanted nor exist; of `stop`, `start` and `forget`, those where nothing is. */
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
  const named = intent.kind === "adopt" ? [] : (namedAddresses(intent) ?? []);
  const missing = new Set([
    ...[...targets, ...replaces, ...discardWork].filter((address) => !isThere(address) && !isWanted(address)),
    ...named.filter((address) => !isThere(address)),
  ]);
  if (missing.size === 0) return [];
  const known = knownAddresses(graph, groups);
  const byInstance = new Map([...groups.objects].flatMap(([address, list]) => list.map(({ name }) => [name, address])));
  return [...missing].map((address) => {
    if (isWanted(address)) return hasObjects(input, address) ? nothingThere(address) : noInstance(address);
    const meant = meantAddress(address, known, byInstance);
    const guess = meant === null ? "" : `did you mean ${meant}? `;
    return {
      code: "PLAN_TARGET_UNKNOWN",
      text: parseAddress(address) === null ? `${quoteText(address)} is not an address` : `there is no ${address}`,
      hint: `${guess}addresses look like worker.default[2] or image.golden; limaform plan shows those of this project`,
      addresses: parseAddress(address) === null ? [] : [address],
    };
  });
}

/** Whether what is at this address is an instance. */
function hasObjects({ rules }: PlanInput, address: Address): boolean {
  const kind = parseAddress(address)?.kind;
  return rules.some((rule) => rule.kind === kind && rule.drift !== undefined);
}

const noInstance = (address: Address): PlanProblem => ({
  code: "PLAN_TARGET_UNKNOWN",
  text: `${address} has no instance of its own, so there is nothing that could be let go`,
  hint: "name the worker that it belongs to, or an image; to see what there is: limaform list",
  addresses: [address],
});

/** Of commands that need an object: the spec wants one there, and none has been made. */
const nothingThere = (address: Address): PlanProblem => ({
  code: "PLAN_TARGET_UNKNOWN",
  text: `nothing is at ${address}: the spec wants it, and it has not been made`,
  hint: "to see what there is: limaform list",
  addresses: [address],
});
