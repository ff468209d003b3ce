import { LimaformError } from "../errors/errors.js";
import type { AppliedRecord } from "../record/record.js";
import { compareAddresses, parseAddress, slotOf } from "../resources/address.js";
import type { Address, KindDrift, KindRules, ObjectDriftKind, ResolvedSpec } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import { compareText } from "../util/compare.js";
import type { Json } from "../util/json.js";
import type { InstanceFacts, World } from "../world/world.js";
import { isListingUnknown } from "./checks.js";
import { type Groups, groupInstances } from "./group.js";

export type DriftKind = "missing" | "extra" | ObjectDriftKind | "foreign_copy";

/**
 * The answer of `drift`: where reality left the last apply.
 *
 * Shape: `drifted` exactly when there are items; `complete` is false when something could not be read, and then more may
 * have drifted. Items sorted by address, instance, kind; foreign copies have no address and come last.
 */
export interface DriftDocument {
  readonly format: "limaform.drift";
  readonly version: 1;
  readonly drifted: boolean;
  readonly complete: boolean;
  readonly items: readonly DriftItem[];
  /** Why the answer is incomplete (`DRIFT_INCOMPLETE`); null where it is complete. */
  readonly error: DriftError | null;
}

export interface DriftError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: Json;
}

export interface DriftItem {
  readonly address: string;
  readonly instance: string;
  readonly kind: DriftKind;
  readonly text: string;
}

export interface DriftInput {
  readonly rules: readonly KindRules[];
  readonly project: string;
  readonly owner: string;
  readonly world: World;
  readonly record: AppliedRecord | null;
  readonly spec: ResolvedSpec | null;
  /** As in `PlanInput`: what an apply was making when it was cut off is no foreign copy. */
  readonly unfinished?: ReadonlyMap<string, Address>;
}

/**
 * Compares what is there with what the last apply left. What exists is expected to be as its marks say; what is missing
 * is known from the record, and without one from the spec. Changes of spec or code, holds and work in guests are no
 * drift. Pure; it is handed nothing that could write.
 *
 * Errors: DRIFT_NO_BASELINE where nothing of ours is there and no record says that it should be.
 */
export function findDrift(input: DriftInput): DriftDocument {
  const groups = groupInstances({ ...input, unfinished: input.unfinished ?? new Map() });
  const isUnknown = isListingUnknown(input.world);
  const isComplete = !isUnknown && groups.unknown.size === 0;
  if (isComplete && input.record === null && groups.objects.size === 0) throw noBaseline(input.project);
  const addressed = [...(isUnknown ? [] : missing(input, groups)), ...ofObjects(input, groups)].sort(
    (left, right) =>
      compareAddresses(left.address as Address, right.address as Address) ||
      compareText(left.instance, right.instance) ||
      compareText(left.kind, right.kind),
  );
  const items = [...addressed, ...groups.foreignCopies.map(copyItem)];
  const error = isComplete ? null : incomplete(input, groups, items.length);
  return { format: "limaform.drift", version: 1, drifted: items.length > 0, complete: isComplete, items, error };
}

/** Names all that could not be read, with the reason. */
function incomplete({ world }: DriftInput, groups: Groups, found: number): DriftError {
  const unread = [...groups.unknown].flatMap(([address, list]) =>
    list.map(({ name, why }) => ({ address, instance: name, text: why.join("; ") })),
  );
  const listing = world.failures
    .filter(({ instance }) => instance === "")
    .map(({ text }) => ({ address: "", instance: "", text: `the listing of instances could not be read: ${text}` }));
  const all = [...listing, ...unread];
  const why = all.map(({ instance, text }) => (instance === "" ? text : `${instance} cannot be read (${text})`));
  return {
    code: "DRIFT_INCOMPLETE",
    message: `not everything could be read, so more may have drifted than was found (${found}): ${why.join("; ")}`,
    hint: "what can be done about each: limaform plan; to look at them: limactl list",
    details: { unknown: all },
  };
}

function ofObjects(input: DriftInput, groups: Groups): readonly DriftItem[] {
  return [...groups.objects].flatMap(([address, objects]) => [
    ...extra(input, address, objects),
    ...objects.flatMap((object) =>
      (driftOf(input, address)?.findings(object) ?? []).map(({ kind, text }) => ({
        address,
        instance: object.name,
        kind,
        text,
      })),
    ),
  ]);
}

function driftOf({ rules }: DriftInput, address: Address): KindDrift | undefined {
  return rules.find(({ kind }) => kind === parseAddress(address)?.kind)?.drift;
}

/** Slots above what the last apply was to leave, and second objects of a slot. Images may have several generations. */
function extra(input: DriftInput, address: Address, objects: readonly InstanceFacts[]): readonly DriftItem[] {
  const slot = slotOf(address);
  if (slot === 0) return [];
  const { record, spec } = input;
  const wanted = record === null ? (spec?.values.workers ?? null) : record.workers;
  const isAbove = typeof wanted === "number" && slot > wanted;
  const recorded = record?.addresses[address]?.instance;
  const kept = objects.find(({ name }) => name === recorded) ?? objects[0];
  return objects
    .filter((object) => isAbove || object !== kept)
    .map(({ name }) => ({
      address,
      instance: name,
      kind: "extra",
      text: isAbove ? `its slot is above the ${wanted} that were to be there` : `${kept?.name} has this slot too`,
    }));
}

/**
 * What the last apply left and is gone; never what it did not get to make. A slot is there when anything stands in it,
 * another object only by its name. Without a record all that the spec wants should be there.
 */
function missing(input: DriftInput, groups: Groups): readonly DriftItem[] {
  const names = new Set(input.world.instances.map(({ name }) => name));
  const isGone = ({ address, instance }: Expected) =>
    !groups.unknown.has(address) && (!groups.objects.has(address) || (slotOf(address) === 0 && !names.has(instance)));
  return expected(input)
    .filter(isGone)
    .map(({ address, instance }) => ({
      address,
      instance,
      kind: "missing",
      text: `${instance === "" ? "its instance" : instance} is not there any more`,
    }));
}

interface Expected {
  readonly address: Address;
  /** Empty where only the spec tells. */
  readonly instance: string;
}

function expected(input: DriftInput): readonly Expected[] {
  const { record, spec, rules } = input;
  if (record === null) {
    const wanted = spec === null ? [] : rules.flatMap(({ drift }) => drift?.wanted(spec) ?? []);
    return wanted.map((address) => ({ address, instance: "" }));
  }
  return Object.entries(record.addresses).flatMap(([text, { instance }]) => {
    const address = parseAddress(text)?.address;
    return address !== undefined && driftOf(input, address)?.isMissed(address) ? [{ address, instance }] : [];
  });
}

function copyItem(copy: InstanceFacts): DriftItem {
  const text = `a copy of ${marksOf(copy)?.name} that limaform did not make`;
  return { address: "", instance: copy.name, kind: "foreign_copy", text };
}

function noBaseline(project: string): LimaformError {
  return new LimaformError(
    "DRIFT_NO_BASELINE",
    `there is nothing to compare with: no instance of ${project} is here, and no apply has left a record`,
    { hint: "make the fleet first: limaform apply; on another machine, check the spec alone: limaform validate" },
  );
}
