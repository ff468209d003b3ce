import type { Json } from "../util/json.js";

export interface Clock {
  /** ISO 8601, UTC. */
  now(): string;
  monotonicMs(): number;
  /** Resolves after the time, rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Hex digits from a secure source. */
  randomHex(digits: number): string;
}

export interface Prompt {
  /** True where both stdin and stdout are terminals. */
  readonly isInteractive: boolean;
  /** Only a typed `yes` is yes. */
  confirm(question: string): Promise<boolean>;
}

/** Small files of the project's state folder (mode 0700), written whole or not at all. Errors: STORE_…. */
export interface Store {
  /** Absolute path of the project's state folder. */
  readonly root: string;
  /** null when absent. */
  readText(path: string): Promise<string | null>;
  readJson(path: string): Promise<Json | null>;
  /** Temporary name, fsync, rename, fsync of the folder. */
  writeText(path: string, text: string): Promise<void>;
  writeJson(path: string, value: Json): Promise<void>;
  /** Appends one line and syncs it. */
  appendLine(path: string, line: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(path: string): Promise<readonly string[]>;
  /** Makes a folder (0700) and returns its absolute path. */
  folder(path: string): Promise<string>;
}

export interface LockHolder {
  readonly operation: string;
  readonly owner: string;
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** Start time of the process as the system counts it; guards against a reused pid. */
  readonly processStart: string;
  readonly since: string;
}

export interface LockHandle {
  release(): Promise<void>;
}

export interface LockOptions {
  readonly operation: string;
  /** 0 = do not wait. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onWaiting: (holder: LockHolder, waitedMs: number) => void;
  readonly onTakenOver: (holder: LockHolder) => void;
}

/** One lock as it stands. `dead` and `alive` are certain; every doubt is `unknown`. */
export interface HeldLock {
  /** Null for the project's own lock, else the worker that is leased. */
  readonly instance: string | null;
  readonly path: string;
  /** Null where the file cannot be read (a newer limaform wrote it). */
  readonly holder: LockHolder | null;
  readonly liveness: "dead" | "alive" | "unknown";
  /** This very holding: a lock that was released and taken again has another one. */
  readonly id: string;
}

/** Errors: LOCK_BUSY with the holder, host, pid and since when. A dead holder on this host is replaced and reported. */
export interface Lock {
  /** The project's lock. */
  acquire(options: LockOptions): Promise<LockHandle>;
  /** A lease on one worker (run, sync). */
  acquireLease(instance: string, options: LockOptions): Promise<LockHandle>;
  /** Live leases by instance name. */
  leases(): Promise<Readonly<Record<string, LockHolder>>>;
  /** The project's lock and all leases, the dead ones too. */
  held(): Promise<readonly HeldLock[]>;
  /** Removes that very holding, whoever has it; false where it is gone or another one. Errors: STORE_…. */
  remove(held: HeldLock): Promise<boolean>;
}
