import type { Action, Address, Intent, PlanProblem, Reason, ResolvedSpec, StepClass } from "../resources/kind.js";
import type { Json, JsonObject } from "../util/json.js";
import type { SourceFacts } from "../world/sources.js";
import type { HostFacts, WorkKind } from "../world/world.js";

export const PLAN_FORMAT = "limaform.plan";
export const PLAN_VERSION = 1;

/**
 * The plan: what will change, why, and the execution graph that apply walks without adding to it.
 *
 * Shape: `changes` in the order of the graph, within an address by instance, last what nobody needs any more; `steps` in a
 * valid order, `after` only names steps of this plan; `applicable` is false exactly when `errors` is not empty.
 */
export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  readonly version: typeof PLAN_VERSION;
  /** limaform's own version. */
  readonly engine: string;
  readonly createdAt: string;
  readonly project: string;
  readonly owner: string;
  /** Path that the owner was computed from, for people. */
  readonly ownerPath: string;
  readonly intent: Intent;
  readonly options: PlanOptions;
  readonly host: HostFacts;
  readonly specDigest: string;
  readonly worldDigest: string;
  readonly applicable: boolean;
  readonly errors: readonly PlanProblem[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
  readonly summary: Summary;
  /** The resolved spec, so that apply needs no file; null for a destroy without one. */
  readonly spec: ResolvedSpec | null;
  readonly sources: SourceFacts;
  /** Wanted number of workers after the apply (the record's baseline for drift). */
  readonly workers: number | null;
  /** True where `--target` chose a part: of the rest of the fleet nothing is said. */
  readonly partial?: boolean;
  /** What apply asks of the host at its worst moment. */
  readonly needs?: Needs;
  /** About how long apply takes, from the last times; null where some of them are not known. */
  readonly estimateMs?: number | null;
  /** The files that the first instance of an image chain is made of, where one is to be made; else absent. */
  readonly downloads?: readonly PlannedFile[];
  /** Where a saved plan was made; absent in one that was not saved. */
  readonly madeOn?: { readonly host: string; readonly hostId: string };
}

/**
 * A file of the base image, and whether it still has to come from outside.
 *
 * Shape: `location` is a path, or a URL without login and query; `from` is `file` for a file of this host, `cache` where
 * limactl has the URL's file already. `unknown`: why `bytes` is null, else null.
 * Units: bytes.
 */
export interface PlannedFile {
  readonly what: "base image" | "kernel" | "initrd";
  readonly location: string;
  readonly from: "file" | "cache" | "download";
  readonly bytes: number | null;
  readonly unknown: string | null;
}

/**
 * What a plan asks of its host.
 *
 * Shape: `running` counts at the worst moment of any order in which the steps may run; `startsAny` false = nothing is
 * started, and then nothing is asked.
 * Units: bytes.
 */
export interface Needs {
  readonly startsAny: boolean;
  /** Guests that run at the worst moment, others of this project included. */
  readonly running: number;
  /** Memory of the guests at the worst moment, and what the same counts to before the first step. */
  readonly memoryBytes: number;
  readonly memoryBytesNow: number;
  /** CPUs of the guests at the worst moment. */
  readonly cpus: number;
  /** CPUs of the largest guest that the plan makes, changes or starts. */
  readonly largestCpus: number;
  /** What the steps themselves write to disk, roughly: clones, first boots, image builds. */
  readonly diskBytes: number;
  /** What the disks of all workers can grow to, after the plan. */
  readonly growthBytes: number;
}

export interface PlanOptions {
  readonly targets: readonly Address[];
  readonly replaces: readonly Address[];
  readonly discardWork: readonly Address[];
}

export interface Change {
  readonly address: Address;
  readonly instance: string;
  readonly action: Action;
  readonly reasons: readonly Reason[];
  readonly before: Json;
  readonly after: Json;
  readonly atRisk: readonly AtRisk[];
  /** Digest of the observed facts that the decision rests on. */
  readonly fingerprint: string;
}

export interface AtRisk {
  readonly kind: WorkKind;
  readonly instance: string;
  readonly count: number;
  readonly bytes: number;
  /** The plan saves it first, or `saved.git` has it. */
  readonly saved: boolean;
  /** `saved.git` has it, from an earlier save. */
  readonly already?: true;
  /** Of a stopped worker: when its `stop` found it. */
  readonly foundAt?: string;
  readonly text: string;
}

export interface Step {
  /** `verb:address`, with `@instance` where an address has several objects in one plan. */
  readonly id: string;
  readonly verb: string;
  readonly address: Address;
  readonly instance: string;
  readonly after: readonly string[];
  readonly class: StepClass;
  readonly onInterrupt: "finish" | "stop";
  readonly timeoutMs: number;
  readonly retries: number;
  readonly inputs: JsonObject;
}

export type Summary = Readonly<Record<Action, number>>;
