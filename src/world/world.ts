import type { BuildNote } from "./build.js";
import type { AppliedSize, Marks } from "./marks.js";

/**
 * What one observation found. Plain data, sorted, complete or honest about what is missing.
 *
 * Shape: `instances` sorted by name (code point); `failures` non-empty means that something could not be read, and then
 * nothing absent may be taken for deleted.
 */
export interface World {
  readonly host: HostFacts;
  readonly instances: readonly InstanceFacts[];
  readonly failures: readonly ObservationFailure[];
  /** By instance name: what the probe of its guest found. Absent = not probed. */
  readonly work: Readonly<Record<string, WorkFinding>>;
}

/** A listing as the instance reader returns it: the world without what other ports add. */
export type InstanceListing = Pick<World, "instances" | "failures">;

export interface ObservationFailure {
  /** Instance name, or the empty string when the whole listing failed. */
  readonly instance: string;
  readonly text: string;
}

export interface HostFacts {
  /** Real path. */
  readonly limaHome: string;
  readonly os: "linux" | "darwin";
  readonly arch: "x86_64" | "aarch64";
  readonly cpus: number;
  readonly memoryBytes: number;
  /** What `vm.type = "auto"` means on this host. */
  readonly vmType: "qemu" | "vz";
  /** True where guests are emulated in software. */
  readonly isEmulated: boolean;
  /** How a sealed disk is cloned cheaply here; one table decides (adapters/lima/clone-method.ts). */
  readonly cloneMethod: "linked" | "copy-on-write" | "full";
  readonly limaVersion: string;
  /** Longest instance name that Lima accepts under this LIMA_HOME. */
  readonly maxNameLength: number;
  /** What this user may still write under LIMA_HOME. It changes by the second, so no plan holds it. Absent = not known. */
  readonly diskFreeBytes?: number;
  /**
   * What the user's own Lima defaults (`_config/*.yaml`) would open in an instance of limaform's; absent = nothing. For
   * images that are not there yet: instances carry their own `openConfig`.
   */
  readonly openDefaults?: readonly ConfigDeviation[];
}

/** `running` only means that processes exist; readiness is `ready` plus an answer over SSH. */
export type InstanceStatus = "running" | "stopped" | "broken" | "unreadable";

export interface InstanceFacts {
  readonly name: string;
  readonly dir: string;
  readonly status: InstanceStatus;
  /** Lima's own error texts, without colour codes. */
  readonly errors: readonly string[];
  /** False for a directory without `lima.yaml` (a clone that was cut off, or foreign residue). */
  readonly hasConfig: boolean;
  readonly marks: MarksReading;
  readonly vmType: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** ssh alias (`lima-<name>`). */
  readonly hostname: string;
  readonly isProtected: boolean;
  /** Deviations of the resolved configuration from the closed allow-list; empty = closed. */
  readonly openConfig: readonly ConfigDeviation[];
  /** When the instance first became ready, from our file beside it (only if that file names this instance). */
  readonly readyAt: string | null;
  /** Last push, from our file beside it (only if that file names this instance). */
  readonly lastPush: PushMark | null;
  /** How the files of a sealed disk differ from what the seal noted beside it, in words. Absent = as sealed, or never noted. */
  readonly diskChange?: string;
  /** What a restart cannot mend; absent = nothing known. */
  readonly damage?: Damage;
  /** How it was built, from our file beside it (only if that file names this instance). Absent = not an image, or not noted. */
  readonly build?: BuildNote;
}

/** `disk_lost`: Lima would make a new disk from the base image. `repair_failed`: its half-dead processes were ended, and it did not come back. */
export interface Damage {
  readonly code: "disk_lost" | "repair_failed";
  readonly text: string;
}

export type MarksReading =
  | { readonly kind: "none" }
  | { readonly kind: "marks"; readonly marks: Marks }
  /** lima.yaml unreadable, marks garbled, of a newer format, or different in the merged and the raw file. */
  | {
      readonly kind: "unknown";
      readonly text: string;
      readonly newer?: NewerMarks;
      /** What is left of marks of our format. */
      readonly claim?: ClaimedMarks;
      /** Its own file is as it should be: the user's Lima defaults change it. */
      readonly byDefaults?: true;
    };

/** What marks of a newer format seem to say. Never proof: it only tells where such an instance must be feared. */
export interface NewerMarks {
  readonly project: string;
  readonly address: string;
}

/** What a garbled file still says; as little proof as the above. `name` empty: that line is lost. */
export interface ClaimedMarks extends NewerMarks {
  readonly name: string;
}

export interface ConfigDeviation {
  readonly key: string;
  readonly found: string;
  readonly expected: string;
  /** File that most likely brought it in (`…/_config/override.yaml`), when known. */
  readonly file: string | null;
}

export interface PushMark {
  /** HEAD commit that was pushed. */
  readonly commit: string;
  /** Digest of the carried uncommitted files; empty when none. */
  readonly carriedDigest: string;
  /** Commit checked out in the worker as base (HEAD itself or the synthetic commit). */
  readonly base: string;
  readonly at: string;
  /** Where it lies in the guest; absent in marks of older versions. */
  readonly guestPath?: string;
}

export interface BaseDisk {
  /** File name in the project's `bases/`. */
  readonly name: string;
  readonly bytes: number;
  /** Disk files (instance names, or `base:<name>`) whose backing chain needs it. */
  readonly usedBy: readonly string[];
  /** False if some chain on this host could not be read: then it is kept. */
  readonly isKnownUnused: boolean;
}

/** What exists on a worker and nowhere else. */
export type WorkKind =
  | "uncommitted"
  | "untracked"
  | "ignored"
  | "commits"
  | "stash"
  | "worktree"
  | "nested_repository"
  | "path"
  | "live_run"
  | "uncollected_run"
  | "unknown";

export interface WorkItem {
  readonly kind: WorkKind;
  readonly count: number;
  readonly bytes: number;
  /** Escaped, at most a few examples; text from a worker. */
  readonly examples: readonly string[];
  /** A `save` step can take it. Absent = no. */
  readonly savable?: boolean;
  /** `saved.git` has it already: on the worker it is a copy. Absent = no. */
  readonly saved?: boolean;
}

export type WorkFinding =
  /** `foundAt`: of a stopped worker, when its `stop` looked; absent = just now. */
  | { readonly kind: "known"; readonly items: readonly WorkItem[]; readonly foundAt?: string }
  | { readonly kind: "unknown"; readonly text: string };

export type { AppliedSize, BuildNote, Marks };
