import type { Json } from "../util/json.js";

/** Exit codes; the contract's table. */
export const EXIT = {
  done: 0,
  failed: 1,
  changes: 2,
  drift: 3,
  usage: 64,
  bug: 70,
  lockBusy: 75,
  shellFailedBefore: 125,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export interface ErrorOptionsOf {
  /** The next thing to do, ending with a command where one exists. */
  readonly hint?: string;
  readonly details?: Json;
  readonly cause?: unknown;
}

/**
 * Base of all expected failures. The message says what failed and why, the hint what to do next.
 *
 * Errors: `code` is stable and greppable; its prefix tells the class (docs/errors.md).
 */
export class LimaformError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly details: Json;
  readonly exitCode: number = EXIT.failed;
  /** True where the same call may succeed later and repeating it is safe. */
  readonly isTransient: boolean = false;

  constructor(code: string, message: string, options: ErrorOptionsOf = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint ?? "";
    this.details = options.details ?? null;
  }
}

/** `SPEC_…` */
export class SpecError extends LimaformError {}
/** `PLAN_…` */
export class PlanError extends LimaformError {}
/** `STALE_…` */
export class StalePlanError extends LimaformError {}
/** `STORE_…` */
export class StoreError extends LimaformError {}
/** `APPLY_…` */
export class ApplyError extends LimaformError {}
/** `GUEST_…`: commands in a guest and ssh. */
export class GuestError extends LimaformError {
  override readonly isTransient: boolean;
  constructor(code: string, message: string, options: ErrorOptionsOf & { readonly isTransient?: boolean } = {}) {
    super(code, message, options);
    this.isTransient = options.isTransient ?? false;
  }
}
/** `REPO_…`: host git. */
export class RepositoryError extends LimaformError {}
/** `REVIEW_…`: what came back from a worker was refused. */
export class ReviewError extends LimaformError {}
/** `RUN_…` */
export class RunError extends LimaformError {}

/** `LIMA_…`: the adapter's classifier decides the code and whether it is transient. */
export class LimaError extends LimaformError {
  override readonly isTransient: boolean;
  constructor(code: string, message: string, options: ErrorOptionsOf & { readonly isTransient?: boolean } = {}) {
    super(code, message, options);
    this.isTransient = options.isTransient ?? false;
  }
}

/** `LOCK_BUSY` */
export class LockBusyError extends LimaformError {
  override readonly exitCode = EXIT.lockBusy;
  override readonly isTransient = true;
}

/** `USAGE_…` */
export class UsageError extends LimaformError {
  override readonly exitCode = EXIT.usage;
}

/** `INTERRUPTED` */
export class InterruptedError extends LimaformError {
  override readonly exitCode: number;
  constructor(message: string, exitCode: number, options: ErrorOptionsOf = {}) {
    super("INTERRUPTED", message, options);
    this.exitCode = exitCode;
  }
}

/** `BUG_…`: a promise of ours is broken. */
export class BugError extends LimaformError {
  override readonly exitCode = EXIT.bug;
  constructor(message: string, options: ErrorOptionsOf = {}) {
    super("BUG_INTERNAL", message, {
      hint: "This is a defect of limaform. Please report it with the output of: limaform version",
      ...options,
    });
  }
}
