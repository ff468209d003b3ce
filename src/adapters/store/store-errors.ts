import { StoreError } from "../../errors/errors.js";

interface Explanation {
  readonly code: string;
  readonly why: string;
  readonly hint: (path: string) => string;
}

const NO_SPACE: Explanation = {
  code: "STORE_NO_SPACE",
  why: "the file system is full",
  hint: (path) =>
    `Free some space where it is, then run the same command again. To see how much there is: df -h ${quote(path)}`,
};
const DENIED: Explanation = {
  code: "STORE_DENIED",
  why: "this user may not do that there",
  hint: (path) => `It must belong to the user who runs limaform. To see whose it is: ls -ld ${quote(path)}`,
};
const READ_ONLY: Explanation = {
  code: "STORE_READ_ONLY",
  why: "the file system is mounted read-only",
  hint: (path) => `Remount it writable, or set LIMA_HOME to a folder that is. To see the mount: df ${quote(path)}`,
};
const OTHER: Explanation = {
  code: "STORE_FAILED",
  why: "the operating system refused",
  hint: (path) => `To see what is there: ls -la ${quote(path)}`,
};

/** By the error codes of the system; on Linux and macOS alike. */
const BY_ERRNO: Readonly<Record<string, Explanation>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: { ...NO_SPACE, why: "this user's disk quota is used up" },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: READ_ONLY,
};

/** `ENOENT` …; null for what is no error of the system. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** A failed operation as a typed error with the next thing to do. */
export function toStoreError(error: unknown, operation: string, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const errno = errnoOf(error);
  const { code, why, hint } = BY_ERRNO[errno ?? ""] ?? OTHER;
  const text = errno === null && error instanceof Error ? error.message : (errno ?? String(error));
  return new StoreError(code, `cannot ${operation} ${path}: ${why} (${text})`, {
    hint: hint(path),
    details: { path, operation, errno },
    cause: error,
  });
}

/** For a POSIX shell. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
