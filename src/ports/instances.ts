import type { BuildNote } from "../world/build.js";
import type { Marks } from "../world/marks.js";
import type { BaseDisk, HostFacts, InstanceFacts, InstanceListing, PushMark } from "../world/world.js";

/** Reading alone: `plan` and `drift` are handed this and no writer. */
export interface InstanceReader {
  /** Facts of this host that planning needs. Errors: LIMA_NOT_FOUND, LIMA_TOO_OLD, LIMA_ROOT_REFUSED. */
  host(signal?: AbortSignal): Promise<HostFacts>;
  /**
   * All instances under LIMA_HOME in one bulk call. Never throws for a single unreadable instance: that one is listed as
   * `unreadable` and named in `failures`. A call that fails as a whole throws (nothing may be planned on it).
   */
  list(signal?: AbortSignal): Promise<InstanceListing>;
  /** One instance, freshly; null when neither directory nor listing has it. For checks in the step that acts. */
  inspect(name: string, signal?: AbortSignal): Promise<InstanceFacts | null>;
}

/** Everything of an instance that can be changed while it is stopped. Absent = as it is. Units: bytes. */
export interface InstanceEdit {
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  readonly marks?: Partial<Marks>;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface StartOptions extends CallOptions {
  readonly report: (text: string) => void;
}

/**
 * Every method: errors are `LimaError` with a code of the classifier. None of them checks ownership: drivers do, in the
 * same step.
 */
export interface InstanceWriter {
  /** Creates a stopped instance from a whole Lima template (YAML text, self-contained). */
  create(name: string, template: string, options: CallOptions): Promise<void>;
  /** Clones a stopped instance; the marks and sizes are written by the same command. */
  clone(source: string, name: string, edit: InstanceEdit, options: CallOptions): Promise<void>;
  edit(name: string, edit: InstanceEdit, options: CallOptions): Promise<void>;
  /** Starts an existing instance after the closed check (LIMA_CONFIG_NOT_CLOSED); never creates one. */
  start(name: string, options: StartOptions): Promise<void>;
  /**
   * Brings a half-dead instance to rest, so that it can be started: waits out what passes by itself, forgets process ids
   * that belong to other programs, ends the instance's own processes last. Gives what it found or left.
   */
  repair(name: string, options: StartOptions): Promise<"running" | "stopped">;
  /** Graceful; `force` kills, after proof that the pids are this instance's. Stopped already = success. */
  stop(name: string, options: CallOptions & { readonly force: boolean }): Promise<void>;
  /** Absent = success. Removes a directory without `lima.yaml` too (the caller has proved that it is ours). */
  delete(name: string, options: CallOptions): Promise<void>;
  setProtected(name: string, isProtected: boolean, options: CallOptions): Promise<void>;
}

/** Disks of images: after sealing, a read-only base in the project's state folder under a thin overlay. */
export interface Disks {
  /** Turns the stopped instance's disk into base + overlay where the host's clone method is `linked`; else nothing. */
  seal(instance: string, options: CallOptions): Promise<void>;
  /** Ends what a seal that was cut off had begun with the stopped instance's disk, so that it can start; else nothing. */
  endSeal(instance: string, options: CallOptions): Promise<void>;
  /** Base disks of the project and which disks of the host need them (all instances, foreign ones too). */
  listBases(signal?: AbortSignal): Promise<readonly BaseDisk[]>;
  /** Removes bases that no backing chain needs; one unreadable chain = keeps all. Returns removed names. */
  removeUnusedBases(options: CallOptions): Promise<readonly string[]>;
}

/** Our own small files beside an instance. They hold its name and count only where it matches. */
export interface InstanceFiles {
  writeReady(instance: string, readyAt: string): Promise<void>;
  writePush(instance: string, mark: PushMark): Promise<void>;
  /** Notes why a repair failed; null takes the note away. */
  writeRepair(instance: string, failure: { readonly at: string; readonly text: string } | null): Promise<void>;
  /** Host key (one `known_hosts` line without the host part: `ssh-ed25519 AAAA…`); null when none is pinned. */
  readHostKey(instance: string): Promise<string | null>;
  pinHostKey(instance: string, key: string): Promise<void>;
  /** How an image is being built; null where nothing is noted for this instance. */
  readBuild(instance: string): Promise<BuildNote | null>;
  writeBuild(instance: string, note: BuildNote): Promise<void>;
  /** Removes all of them but the note of the build, which stays with the image (sealing). */
  clear(instance: string): Promise<void>;
}
