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
/** `TRUST_…`: the spec wants something that only the user can allow. */
export class TrustError extends LimaformError {}
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
/** `WORK_…`: what a worker holds that exists nowhere else could not be kept safe. */
export class WorkError extends LimaformError {}
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

/** `DOWNLOAD_…`: from outside to the host. */
export class DownloadError extends LimaformError {
  override readonly isTransient: boolean;
  constructor(code: string, message: string, options: ErrorOptionsOf & { readonly isTransient?: boolean } = {}) {
    super(code, message, options);
    this.isTransient = options.isTransient ?? false;
  }
}
/** `TOOL_…`: what an image is given could not be found, installed or proved. */
export class ToolError extends LimaformError {}

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

/** What the system says where nobody foresaw it, in a driver or a program's set-up: not a defect of ours. */
const OF_THE_SYSTEM: Readonly<Record<string, { readonly code: string; readonly why: string; readonly hint: string }>> =
  {
    ENOSPC: {
      code: "STORE_NO_SPACE",
      why: "the file system is full",
      hint: "Free some space, then run the same command again. To see how much there is: df -h",
    },
    EDQUOT: {
      code: "STORE_NO_SPACE",
      why: "this user's disk quota is used up",
      hint: "Free some space, then run the same command again. To see how much there is: df -h",
    },
    EROFS: {
      code: "STORE_READ_ONLY",
      why: "the file system is mounted read-only",
      hint: "Remount it writable, or set LIMA_HOME to a folder that is. To see the mount: df",
    },
  };

/** An error as one of ours where it is the system's and says that nothing can be written; every other as it is. */
export function withSystemReason(error: unknown): unknown {
  if (error instanceof LimaformError || !(error instanceof Error)) return error;
  const errno = "code" in error && typeof error.code === "string" ? error.code : "";
  const found = Object.hasOwn(OF_THE_SYSTEM, errno) ? OF_THE_SYSTEM[errno] : undefined;
  if (found === undefined) return error;
  const path = "path" in error && typeof error.path === "string" ? error.path : null;
  const what = path === null ? "a file cannot be written" : `cannot write ${path}`;
  return new StoreError(found.code, `${what}: ${found.why} (${errno})`, {
    hint: path === null ? found.hint : `${found.hint} ${path}`,
    details: { path, errno },
    cause: error,
  });
}
