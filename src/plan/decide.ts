import { compareAddresses, kindOf, parseAddress } from "../resources/address.js";
import type {
  Address,
  CollectContext,
  DecideContext,
  Decision,
  DesiredNode,
  KindRules,
  PlanProblem,
} from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import type { JsonObject } from "../util/json.js";
import { quoteWord } from "../util/shell-quote.js";
import { isListingUnknown } from "./checks.js";
import type { Groups, Unreadable } from "./group.js";
import { candidatesOf, namedAddresses } from "./hands.js";
import type { PlanInput } from "./input.js";
import { predict } from "./predict.js";
import { selectAddresses } from "./select.js";

export interface Decisions {
  readonly decisions: readonly Decision[];
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly string[];
}

type PerAddress = Pick<
  DecideContext,
  "address" | "desired" | "objects" | "residues" | "candidates" | "isForcedReplace"
>;
type Common = Omit<DecideContext, keyof PerAddress>;

/** What is one address's own, before the first of them. */
const NO_ADDRESS: PerAddress = {
  address: "" as Address,
  desired: null,
  objects: [],
  residues: [],
  candidates: [],
  isForcedReplace: false,
};

/**
 * Lets every kind decide about its addresses, in registry order, each seeing what those before it will offer.
 *
 * Shape: an address at which something is unknown gets a problem and no decision, and it offers nothing. Without a
 * listing nothing is decided at all. With targets, decisions and problems of other addresses are left out.
 */
export function decideAll(input: PlanInput, graph: ReadonlyMap<Address, DesiredNode>, groups: Groups): Decisions {
  if (isListingUnknown(input.world)) return { decisions: [], problems: [], notes: [] };
  const selected = selectAddresses(input, graph);
  const isSelected = (address: Address) => selected === null || selected.has(address);
  const decisions: Decision[] = [];
  const problems: PlanProblem[] = [];
  const notes: string[] = [];
  const outputs = new Map<Address, JsonObject>();
  const takenNames = new Set(input.world.instances.map(({ name }) => name));
  // One object for all addresses, of which only their own part changes: a copy for each would cost more than most decisions.
  const context: Common & { -readonly [Key in keyof PerAddress]: PerAddress[Key] } = {
    ...NO_ADDRESS,
    ...input,
    graph,
    outputs,
    takenNames,
    byName: new Map(input.world.instances.map((instance) => [instance.name, instance])),
    forcedReplaces: new Set(input.options.replaces),
    discardWork: new Set(input.options.discardWork),
  };
  const addresses = addressesByKind(input, graph, groups);
  const candidates = candidatesOf(input, groups);
  for (const rules of input.rules) {
    for (const address of addresses.get(rules.kind) ?? []) {
      if (groups.unknown.has(address)) {
        if (isSelected(address)) problems.push(unknownProblem(address, groups));
        continue;
      }
      context.address = address;
      context.desired = graph.get(address) ?? null;
      context.objects = groups.objects.get(address) ?? [];
      context.residues = groups.residues.get(address) ?? [];
      context.candidates = candidates.get(address) ?? [];
      context.isForcedReplace = context.forcedReplaces.has(address);
      const decided = rules.decide(context);
      outputs.set(address, decided.outputs);
      for (const { instance } of decided.decisions) takenNames.add(instance);
      if (!isSelected(address)) continue;
      for (const decision of decided.decisions) decisions.push(decision);
      for (const problem of decided.problems) problems.push(problem);
      for (const note of decided.notes) notes.push(note);
    }
  }
  const collected = collectAll(input.rules, context, groups, { decisions, selected });
  const unread = [...groups.unknown.values()].flat().map(({ name }) => name);
  const blind = [...new Set([...unread, ...input.world.failures.map(({ instance }) => instance)])].sort(compareText);
  if (blind.length === 0) return { decisions: [...decisions, ...collected], problems, notes };
  // Whatever cannot be read may descend from anything.
  return { decisions, problems, notes: [...notes, ...keptNotes(collected, blind)] };
}

interface Chosen {
  readonly decisions: readonly Decision[];
  readonly selected: ReadonlySet<Address> | null;
}

/**
 * What nobody needs any more, judged on what will really be done: a target that rolls one worker must not free the image
 * of the others. A kind of which only a part is chosen is left whole.
 */
function collectAll(rules: readonly KindRules[], common: Common, groups: Groups, chosen: Chosen): readonly Decision[] {
  const { decisions, selected } = chosen;
  const predicted = predict(common.world, decisions);
  const context: CollectContext = { ...common, addresses: groups.objects, predicted };
  const isWhole = ({ kind }: KindRules) =>
    selected === null ||
    [...groups.objects.keys()].every((address) => parseAddress(address)?.kind !== kind || selected.has(address));
  return rules.flatMap((kind) => (isWhole(kind) ? (kind.collect?.(context) ?? []) : []));
}

function keptNotes(collected: readonly Decision[], blind: readonly string[]): readonly string[] {
  const names = collected.map(({ instance }) => instance).join(", ");
  return names === "" ? [] : [`${names} is kept: ${blind.join(", ")} cannot be read and might descend from it`];
}

/**
 * Addresses by kind that are wanted, there, or feared: wanted ones in compile order (tools before golden), then the rest.
 * Commands that name addresses look only at those.
 */
function addressesByKind(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): ReadonlyMap<string, readonly Address[]> {
  const byKind = new Map<string, Address[]>(input.rules.map(({ kind }) => [kind, []]));
  const named = namedAddresses(input.intent);
  if (named !== null) {
    for (const address of named) byKind.get(parseAddress(address)?.kind ?? "")?.push(address);
    return byKind;
  }
  for (const { address, kind } of graph.values()) byKind.get(kind)?.push(address);
  const rest = new Set<Address>();
  for (const present of [groups.objects, groups.residues, groups.unknown, candidatesOf(input, groups)]) {
    for (const address of present.keys()) if (!graph.has(address)) rest.add(address);
  }
  for (const address of [...rest].sort(compareAddresses)) byKind.get(kindOf(address))?.push(address);
  return byKind;
}

function unknownProblem(address: Address, groups: Groups): PlanProblem {
  const unreadable = groups.unknown.get(address) ?? [];
  const names = unreadable.map(({ name }) => name);
  const why = unreadable.flatMap((instance) => instance.why);
  return {
    code: "PLAN_UNKNOWN",
    text: `${address}: ${names.join(", ")} cannot be read (${why.join("; ")}), so nothing is done at this address`,
    hint: unreadable.some(({ isNewer }) => isNewer)
      ? "update limaform on this host: the newer one that made it can read it"
      : unreadable.map(wayOut).join("; "),
    addresses: [address],
  };
}

/** limactl removes no folder without a lima.yaml, so that one has another way out. What goes is the user's to decide. */
function wayOut({ name, dir, hasConfig, isElsewhere }: Unreadable): string {
  if (isElsewhere) return `mend what is named there, then: limaform plan; to look at it: limactl list ${name}`;
  if (!hasConfig && dir !== "") {
    return `look into it: ls -la ${quoteWord(dir)}; where nothing of it is needed: rm -r ${quoteWord(dir)}, then: limaform plan`;
  }
  return `mend that, or give up ${name} and all that it holds: limactl delete --force ${name}; to look at it: limactl list ${name}`;
}
