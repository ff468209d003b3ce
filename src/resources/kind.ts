import type { JSONSchemaType, SchemaObject } from "ajv";
import type { Json, JsonObject } from "../util/json.js";
import type { Marks } from "../world/marks.js";
import type { SourceFacts } from "../world/sources.js";
import type {
  ConfigDeviation,
  Damage,
  HostFacts,
  InstanceFacts,
  WorkFinding,
  WorkItem,
  World,
} from "../world/world.js";

/*
 * The contract of a resource kind. A kind has two halves: pure `KindRules`, which planning is given, and a `KindDriver`,
 * which the step runner is given. A new kind is one folder and one line in `registry.ts`.
 */

/** `kind.name` or `kind.pool[slot]`, as `image.golden`, `worker.default[2]`. */
export type Address = string & { readonly __brand: "Address" };

// ---------------------------------------------------------------- spec

/** Who may set a value besides the spec. `spec`: the inputs of revisions; `any`: what is in place or inert. */
export type SpecLayer = "any" | "spec";

/**
 * One key of the spec: its type, schema, default and meaning in one place.
 *
 * Shape: `key` is dotted (`vm.cpus`); a key whose schema is an object with free names (`env`) ends the dotting.
 */
export interface SpecKey<T extends Json = Json> {
  readonly key: string;
  readonly schema: JSONSchemaType<T> | SchemaObject;
  /** Absent = no default: the value is null until set. */
  readonly fallback?: T | ((context: DefaultContext) => T);
  readonly description: string;
  readonly layer: SpecLayer;
  /** Set for keys that the contract has and this version does not: using them is an error that says so. */
  readonly notYet?: true;
  /**
   * What the schema cannot say, also across keys. Called only for a value that somebody set and that fits its schema; of
   * `values` (by dotted key) those that are wrong themselves are absent. A method, so that a list may hold keys of
   * different types.
   */
  check?(value: T, values: JsonObject): readonly SpecFinding[];
}

/** Something to say about a value: placed by the reader of the spec, who knows where the value came from. */
export interface SpecFinding {
  readonly severity: "error" | "warning";
  /** Default `SPEC_RULE`. */
  readonly code?: string;
  /** Inside the value (`[0, "location"]`); absent = the value as a whole. */
  readonly path?: readonly (string | number)[];
  readonly text: string;
  readonly hint: string;
}

export interface DefaultContext {
  readonly project: string;
  readonly hostCpus: number;
  readonly isGitRepository: boolean;
}

export type Origin =
  | { readonly layer: "default" }
  | { readonly layer: "user-defaults" | "spec"; readonly file: string; readonly line: number; readonly column: number }
  | { readonly layer: "environment"; readonly variable: string }
  | { readonly layer: "flag"; readonly flag: string };

/** The resolved spec: flat values by dotted key with their origins. Plain data; embedded in plans. */
export interface ResolvedSpec {
  /** Absolute path of the spec file. */
  readonly file: string;
  /** Folder of the spec file. */
  readonly root: string;
  readonly values: JsonObject;
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Reads a value by its key; the key's type parameter is the value's type. Keys without a fallback give null. */
export function specValue<T extends Json>(spec: ResolvedSpec, key: SpecKey<T>): T {
  return (spec.values[key.key] ?? null) as T;
}

// ---------------------------------------------------------------- desired

export interface CompileContext {
  readonly spec: ResolvedSpec;
  readonly project: string;
  readonly owner: string;
  readonly host: HostFacts;
  readonly sources: SourceFacts;
  /** Nodes of the kinds that were compiled before (registry order). */
  readonly desired: ReadonlyMap<Address, DesiredNode>;
}

export interface DesiredNode {
  readonly address: Address;
  readonly kind: string;
  readonly dependsOn: readonly Address[];
  /** Canonical values, by attribute name. */
  readonly attributes: JsonObject;
  /** Hex digest; null where the kind has no revision. */
  readonly revision: string | null;
}

// ---------------------------------------------------------------- decisions

export type Action = "create" | "update" | "replace" | "delete" | "start" | "stop" | "push" | "none";
export const ACTIONS: readonly Action[] = ["create", "update", "replace", "delete", "start", "stop", "push", "none"];

export interface Reason {
  /** snake_case, stable. */
  readonly code: string;
  readonly text: string;
}

export interface PlanProblem {
  /** `PLAN_…`, `LIMA_…`. */
  readonly code: string;
  readonly text: string;
  readonly hint: string;
  readonly addresses: readonly Address[];
}

/** What the user asked for. One planner serves all commands. */
export type Intent =
  | { readonly kind: "apply" }
  | { readonly kind: "destroy"; readonly keepImages: boolean; readonly workersOnly: boolean }
  /** Removes old images that nothing descends from, beyond `keep` older ones, whatever `image.keep` says. */
  | { readonly kind: "prune"; readonly keep: number }
  | { readonly kind: "stop"; readonly addresses: readonly Address[] }
  | { readonly kind: "start"; readonly addresses: readonly Address[] }
  /** Takes over what carries this project's name and another owner: the repository moved. */
  | { readonly kind: "adopt-all" }
  /** Takes one instance that limaform once made and that is nobody's object now. */
  | { readonly kind: "adopt"; readonly address: Address; readonly instance: string }
  /** Lets go of what is at these addresses without ending it. */
  | { readonly kind: "forget"; readonly addresses: readonly Address[] };

export interface DecideContext {
  readonly address: Address;
  readonly desired: DesiredNode | null;
  /** All desired nodes (the kind's own and those compiled before). */
  readonly graph: ReadonlyMap<Address, DesiredNode>;
  /** Ours, at this address, sorted by name. */
  readonly objects: readonly InstanceFacts[];
  /** What a cut-off clone of ours left at this address: a directory without `lima.yaml`, or with the source's marks. */
  readonly residues: readonly InstanceFacts[];
  /** What an `adopt` takes over at this address; empty for every other intent. */
  readonly candidates: readonly InstanceFacts[];
  readonly intent: Intent;
  readonly isForcedReplace: boolean;
  readonly forcedReplaces: ReadonlySet<Address>;
  /** Whose work the user gave up by name: it is neither saved nor looked for again. */
  readonly discardWork: ReadonlySet<Address>;
  readonly project: string;
  readonly owner: string;
  readonly world: World;
  readonly sources: SourceFacts;
  readonly spec: ResolvedSpec | null;
  readonly byName: ReadonlyMap<string, InstanceFacts>;
  /** By commit that an image was built from: how many commits HEAD has since. Absent = not known. */
  readonly commitsSince?: Readonly<Record<string, number>>;
  /** What the addresses that this one depends on will offer after their changes. */
  readonly outputs: ReadonlyMap<Address, JsonObject>;
  /** Names that exist or that this plan already gives. */
  readonly takenNames: Pick<ReadonlySet<string>, "has">;
  readonly now: string;
}

/**
 * A decision about one object (or about an object to be made).
 *
 * Shape: `instance` is the object that the change is about after it; `replaced` the one that goes in a `replace`.
 */
export interface Decision {
  readonly address: Address;
  readonly instance: string;
  readonly action: Action;
  readonly reasons: readonly Reason[];
  readonly before: Json;
  readonly after: Json;
  readonly replaced: InstanceFacts | null;
  /** The observed objects whose facts this decision rests on (fingerprint, stale check). */
  readonly basis: readonly InstanceFacts[];
  readonly steps: readonly StepDraft[];
  /** Instances whose guests hold what these steps would end. They are probed first, and what is found is at risk. */
  readonly endangers: readonly Danger[];
  /** Instances whose guests are asked before this decision is final, without being endangered by it. */
  readonly asks: readonly string[];
  /** Not available before the plan (missing, stopped, broken): goes first in a rollout and frees its unavailability. */
  readonly wasBroken: boolean;
}

/**
 * `disk`: all that the guest holds; `processes`: only what runs in it (the disk stays); `repair`: the same for a worker
 * whose host processes are half dead, where a guest that does not answer is no reason against mending it.
 */
export interface Danger {
  readonly instance: string;
  readonly scope: "disk" | "processes" | "repair";
}

export interface Decided {
  readonly decisions: readonly Decision[];
  /** What dependents may rely on (`{instance: "…"}`), also when nothing changes. */
  readonly outputs: JsonObject;
  readonly problems: readonly PlanProblem[];
  /** Sentences for the plan that change nothing ("built from 3f2a1c, 12 commits ago, inputs unchanged"). */
  readonly notes: readonly string[];
}

/** What an address offers that has nothing to offer. */
export const NO_OUTPUTS: JsonObject = {};

/** Which limit a step counts against. */
export type StepClass = "clone" | "boot" | "transfer" | "hook" | "light";

/**
 * A step before the planner has ordered it.
 *
 * Shape: `verb` is unique within (address, instance); steps of one decision run in the order of the list; `inputs` holds
 * everything the driver needs, so that a saved plan can be applied without the spec file.
 * Units: `timeoutMs`.
 */
export interface StepDraft {
  readonly verb: string;
  readonly instance: string;
  readonly class: StepClass;
  /** `finish`: the first interrupt lets it end; `stop`: it is cut at once and left for the next apply. */
  readonly onInterrupt: "finish" | "stop";
  readonly timeoutMs: number;
  /** How often it may be tried again after a failure classed as transient. 0 = never. */
  readonly retries: number;
  readonly inputs: JsonObject;
  /** Waits for the steps that make or ready these addresses (none there = waits for nothing). */
  readonly afterAddresses: readonly Address[];
  /** Waits for the steps that delete or stop these instances. */
  readonly afterInstances: readonly string[];
  /**
   * In a rolling change: `make` brings an object to readiness, `end` takes one away (the old one of a replacement, or
   * the same one for the time of an update). null: it does not count.
   */
  readonly rollout: "make" | "end" | null;
}

/** Objects of a kind that nobody wants any more, judged on the world as it will be after all decisions. */
export interface CollectContext
  extends Omit<DecideContext, "desired" | "objects" | "residues" | "candidates" | "isForcedReplace" | "address"> {
  readonly addresses: ReadonlyMap<Address, readonly InstanceFacts[]>;
  readonly predicted: Prediction;
}

/** The instances as they will be after all decisions. */
export interface Prediction {
  /** Which of these instances, all of them there now, will be there. Cheap where the names are few, however many instances there are. */
  staying(names: ReadonlySet<string>): ReadonlySet<string>;
  /** With new ones (marks as planned), without deleted ones. Reckoned when it is asked for: few plans collect anything. */
  instances(): readonly InstanceFacts[];
}

/** A file of the host that the spec names. Outside the repository it needs the user's trust before it is read. */
export interface SpecFile {
  /** Dotted key whose value names it. */
  readonly key: string;
  /** As the spec has it. */
  readonly path: string;
}

export interface KindRules {
  /** First word of the addresses. */
  readonly kind: string;
  /** One line for help and docs. */
  readonly summary: string;
  /** Keys of the spec that belong to this kind. */
  readonly keys: readonly SpecKey[];
  /** Files of the host whose content digests compilation needs. */
  files(spec: ResolvedSpec): readonly SpecFile[];
  compile(context: CompileContext): readonly DesiredNode[];
  /** Which address of this kind an instance with these marks is at; null when it is not of this kind. */
  addressOf(marks: Marks): Address | null;
  /**
   * Which address of this kind an instance of this name would have, were it ours. Never proof of ownership: it only
   * says where an instance that cannot be read must be feared.
   */
  addressOfName(project: string, name: string): Address | null;
  decide(context: DecideContext): Decided;
  /** Absent for kinds that leave nothing behind. */
  collect?(context: CollectContext): readonly Decision[];
  /** How rolling replacement is limited for this kind; absent = all at once. */
  rollout?(spec: ResolvedSpec): { readonly surge: number; readonly unavailable: number };
  /** How reality is compared with what an apply left; absent for kinds without instances of their own. */
  readonly drift?: KindDrift;
}

/** What of an object can differ from its own marks. */
export type ObjectDriftKind = "stopped" | "changed" | "open_config" | "broken" | "image_modified";

export interface ObjectDrift {
  readonly kind: ObjectDriftKind;
  readonly text: string;
}

export interface KindDrift {
  /** Addresses that must be there by the spec alone, where no record tells. */
  wanted(spec: ResolvedSpec): readonly Address[];
  /** Whether an object that the last apply left at this address is missed when it is gone: apply would make it again. */
  isMissed(address: Address): boolean;
  /** What of an object of this kind is not as its marks say. */
  findings(object: InstanceFacts): readonly ObjectDrift[];
}

// ---------------------------------------------------------------- driving

/** A step as the plan holds it; see `plan/document.ts`. Drivers see this part. */
export interface DriverStep {
  readonly id: string;
  readonly verb: string;
  readonly address: Address;
  readonly instance: string;
  readonly timeoutMs: number;
  readonly inputs: JsonObject;
}

export interface DriverContext {
  /** Aborted when the step must stop (second interrupt, time limit, or first interrupt for `stop` steps). */
  readonly signal: AbortSignal;
  /** Progress in words, one short line; goes to the event stream. */
  readonly report: (text: string) => void;
  /** Streams a line of a build or hook log (not shown by default, kept in the log file). */
  readonly log: (line: string) => void;
  /** Where those lines are kept on the host; absent where they are not. */
  readonly logFile?: string;
}

/** The half of a kind with effects. Throws typed errors; returns when the result was observed. */
export interface KindDriver {
  readonly kind: string;
  run(step: DriverStep, context: DriverContext): Promise<void>;
}

export type { ConfigDeviation, Damage, HostFacts, InstanceFacts, SourceFacts, WorkFinding, WorkItem, World };
