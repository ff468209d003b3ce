import { parseAddress } from "../resources/address.js";
import type { Address, KindRules } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import { canonicalJson } from "../util/canonical-json.js";
import { compareText } from "../util/compare.js";
import { NOBODY } from "../world/marks.js";
import type { InstanceFacts, Marks } from "../world/world.js";
import { type AddressMap, createAddressMap } from "./address-map.js";
import { instancesByName } from "./by-name.js";
import type { PlanInput } from "./input.js";

/** What sorting the instances of a host needs to know. */
export type GroupInput = Pick<PlanInput, "rules" | "project" | "owner" | "unfinished"> & {
  readonly world: Pick<PlanInput["world"], "instances" | "failures">;
};

/** The instances of a host sorted into what they are to this project. Every instance is in exactly one of the groups. */
export interface Groups {
  /** Ours, by address; each list sorted by name. */
  readonly objects: ReadonlyMap<Address, readonly InstanceFacts[]>;
  /** Left by a clone or a deletion of ours that was cut off. */
  readonly residues: ReadonlyMap<Address, readonly InstanceFacts[]>;
  /** Marks of our project under another name: somebody's `limactl clone` or `rename`. Never touched. */
  readonly foreignCopies: readonly InstanceFacts[];
  /** Our project, another owner. */
  readonly taken: readonly InstanceFacts[];
  /** Let go by `forget`: the user's own now. Never touched. */
  readonly forgotten: readonly InstanceFacts[];
  /** What could not be read and is ours at this address, or by its name might be. */
  readonly unknown: ReadonlyMap<Address, readonly Unreadable[]>;
  readonly others: readonly InstanceFacts[];
}

export interface Unreadable {
  readonly name: string;
  readonly why: readonly string[];
  /** Its folder; empty where that is not known. */
  readonly dir: string;
  readonly hasConfig: boolean;
  /**
   * Its marks are known, or changed by the user's Lima defaults alone: what is wrong need not lie in its own files. Or its
   * own file is no YAML and still names it: that is mended in an editor, and nobody is told to delete it for that.
   */
  readonly isElsewhere: boolean;
  /** Written by a newer limaform, which can read it. */
  readonly isNewer: boolean;
}

type Group =
  | { readonly kind: "objects" | "residues" | "unknown"; readonly address: Address }
  | { readonly kind: "foreignCopies" | "taken" | "forgotten" | "others" };

export function groupInstances(input: GroupInput): Groups {
  const groups = {
    objects: createAddressMap<InstanceFacts[]>(),
    residues: new Map<Address, InstanceFacts[]>(),
    unknown: new Map<Address, Unreadable[]>(),
    foreignCopies: [] as InstanceFacts[],
    taken: [] as InstanceFacts[],
    forgotten: [] as InstanceFacts[],
    others: [] as InstanceFacts[],
  };
  const byName = instancesByName(input.world.instances);
  for (const instance of [...input.world.instances].sort((left, right) => compareText(left.name, right.name))) {
    const group = groupOf(input, instance, byName);
    if (!("address" in group)) groups[group.kind].push(instance);
    else if (group.kind === "unknown") addTo(groups.unknown, group.address, unreadable(instance));
    else addTo(groups[group.kind], group.address, instance);
  }
  for (const { instance, text } of input.world.failures) {
    const feared = byName.has(instance) ? null : addressOfName(input.rules, input.project, instance);
    if (feared !== null)
      addTo(groups.unknown, feared, {
        name: instance,
        why: [text],
        dir: "",
        hasConfig: true,
        isElsewhere: true,
        isNewer: false,
      });
  }
  return groups;
}

function addTo<T>(lists: AddressMap<T[]>, address: Address, item: T): void {
  const list = lists.get(address);
  if (list === undefined) lists.set(address, [item]);
  else list.push(item);
}

function groupOf(input: GroupInput, instance: InstanceFacts, byName: ReadonlyMap<string, InstanceFacts>): Group {
  const begun = input.unfinished.get(instance.name);
  const marks = marksOf(instance);
  if (marks === null) {
    // Only the journal's open line proves that a directory without a configuration is ours.
    if (!instance.hasConfig && begun !== undefined) return { kind: "residues", address: begun };
    const feared = claimedAddress(input, instance) ?? addressOfName(input.rules, input.project, instance.name);
    const isUnreadable = instance.marks.kind === "unknown" || instance.status === "unreadable" || !instance.hasConfig;
    return isUnreadable && feared !== null ? { kind: "unknown", address: feared } : { kind: "others" };
  }
  if (marks.project !== input.project) return { kind: "others" };
  // Whoever owned the original: a copy under another name is nobody's object, and takes no project from anybody.
  if (marks.name !== instance.name) {
    const isCutClone = begun !== undefined && equalsSource(marks, byName.get(marks.name), input.owner);
    return isCutClone ? { kind: "residues", address: begun } : { kind: "foreignCopies" };
  }
  if (marks.owner === NOBODY) return { kind: "forgotten" };
  if (marks.owner !== input.owner) return { kind: "taken" };
  const address = addressOfMarks(input.rules, marks);
  if (address === null) return { kind: "others" };
  // Its marks are known, its state is not: unknown is neither absent nor broken.
  return { kind: instance.status === "unreadable" ? "unknown" : "objects", address };
}

/**
 * A cut-off clone still carries the marks of the image that it was cloned from, that image ours. Without it nothing proves
 * the clone. The owner may differ: the image may have been adopted since.
 */
function equalsSource(marks: Marks, source: InstanceFacts | undefined, owner: string): boolean {
  const original = source === undefined ? null : marksOf(source);
  if (original === null || original.owner !== owner || marks.role !== "image") return false;
  return canonicalJson(original) === canonicalJson({ ...marks, owner });
}

/**
 * Where marks of a newer format, or what is left of garbled ones, say that it belongs, in our project. Believed only as far
 * as leaving it alone goes. A name that is not its own is that of what somebody copied.
 */
function claimedAddress({ project }: GroupInput, { name, marks }: InstanceFacts): Address | null {
  if (marks.kind !== "unknown") return null;
  const { newer, claim } = marks;
  const isCopy = claim !== undefined && claim.name !== "" && claim.name !== name;
  const said = newer ?? (isCopy ? undefined : claim);
  return said?.project === project ? (parseAddress(said.address)?.address ?? null) : null;
}

function unreadable(instance: InstanceFacts): Unreadable {
  const why = [
    ...(instance.marks.kind === "unknown" ? [instance.marks.text] : []),
    ...(instance.hasConfig ? [] : ["it has no lima.yaml, and no apply of this project began it"]),
    ...instance.errors,
  ];
  const isNewer = instance.marks.kind === "unknown" && instance.marks.newer !== undefined;
  const { name, dir, hasConfig, marks } = instance;
  const isNamed = marks.kind === "unknown" && marks.claim?.name === name && instance.status === "unreadable";
  const isElsewhere = marks.kind === "marks" || isNamed || (marks.kind === "unknown" && marks.byDefaults === true);
  return { name, dir, hasConfig, isElsewhere, why: why.length > 0 ? why : ["limactl could not read it"], isNewer };
}

function addressOfMarks(rules: readonly KindRules[], marks: Marks): Address | null {
  for (const kind of rules) {
    const address = kind.addressOf(marks);
    if (address !== null) return address;
  }
  return null;
}

export function addressOfName(rules: readonly KindRules[], project: string, name: string): Address | null {
  for (const kind of rules) {
    const address = kind.addressOfName(project, name);
    if (address !== null) return address;
  }
  return null;
}
