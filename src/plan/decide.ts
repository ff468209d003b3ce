import { parseAddress } from "../resources/address.js";
import {
  type Address,
  type CollectContext,
  type DecideContext,
  type Decision,
  type DesiredNode,
  type KindRules,
  NO_OUTPUTS,
  type PlanProblem,
} from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import type { JsonObject } from "../util/json.js";
import { quoteWord } from "../util/shell-quote.js";
import { createAddressMap } from "./address-map.js";
import { instancesByName } from "./by-name.js";
import { isListingUnknown } from "./checks.js";
import type { Groups, Unreadable } from "./group.js";
import { candidatesOf } from "./hands.js";
import type { PlanInput } from "./input.js";
import { predict } from "./predict.js";
import { selectAddresses } from "./select.js";
import { subjectsByKind } from "./subjects.js";

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

const NONE: readonly never[] = [];

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
  const outputs = createAddressMap<JsonObject>();
  const byName = instancesByName(input.world.instances);
  const given = new Set<string>();
  // One object for all addresses, of which only their own part changes: a copy for each would cost more than most decisions.
  const context: Common & { -readonly [Key in keyof PerAddress]: PerAddress[Key] } = {
    ...NO_ADDRESS,
    ...input,
    graph,
    outputs,
    takenNames: { has: (name) => given.has(name) || byName.has(name) },
    byName,
    forcedReplaces: new Set(input.options.replaces),
    discardWork: new Set(input.options.discardWork),
  };
  const candidates = candidatesOf(input, groups);
  for (const { rules, subjects } of subjectsByKind(input, graph, groups)) {
    for (const { address, desired, objects } of subjects) {
      if (groups.unknown.has(address)) {
        if (isSelected(address)) problems.push(unknownProblem(address, groups));
        continue;
      }
      context.address = address;
      context.desired = desired;
      context.objects = objects;
      context.residues = groups.residues.get(address) ?? NONE;
      context.candidates = candidates.get(address) ?? NONE;
      context.isForcedReplace = context.forcedReplaces.has(address);
      const decided = rules.decide(context);
      if (decided.outputs !== NO_OUTPUTS) outputs.set(address, decided.outputs);
      decided.decisions.forEach((decision) => {
        if (isNamed(decision)) given.add(decision.instance);
      });
      if (!isSelected(address)) continue;
      append(decisions, decided.decisions);
      append(problems, decided.problems);
      append(notes, decided.notes);
    }
  }
  const collected = collectAll(input.rules, context, groups, { decisions, selected });
  const unread = [...groups.unknown.values()].flat().map(({ name }) => name);
  const blind = [...new Set([...unread, ...input.world.failures.map(({ instance }) => instance)])].sort(compareText);
  if (blind.length === 0) {
    append(decisions, collected);
    return { decisions, problems, notes };
  }
  // Whatever cannot be read may descend from anything.
  return { decisions, problems, notes: [...notes, ...keptNotes(collected, blind)] };
}

/** Not `push(...items)`, which takes only as many as the call stack has room for; one by one, most lists have one item. */
function append<T>(list: T[], items: readonly T[]): void {
  for (let index = 0; index < items.length; index += 1) list.push(items[index] as T);
}

/** Whether the decision gives a name that no instance has. A replacement under the old one's name gives none. */
const isNamed = ({ action, instance, replaced }: Decision): boolean =>
  action === "create" || (action === "replace" && instance !== replaced?.name);

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
