import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { StoreError } from "../../errors/errors.js";
import { freeSpaceText } from "../host/free-space.js";

interface Explanation {
  readonly code: string;
  readonly why: string;
  readonly hint: (path: string) => string;
}

const NO_SPACE: Explanation = {
  code: "STORE_NO_SPACE",
  why: "the file system is full",
  hint: (path) =>
    `Free some space where it is, then run the same command again. To see how much there is: df -h ${quote(nearest(path))}`,
};
const DENIED: Explanation = {
  code: "STORE_DENIED",
  why: "this user may not do that there",
  hint: (path) => `It must belong to the user who runs limaform. To see whose it is: ls -ld ${present(path)}`,
};
const READ_ONLY: Explanation = {
  code: "STORE_READ_ONLY",
  why: "the file system is mounted read-only",
  hint: (path) =>
    `Remount it writable, or set LIMA_HOME to a folder that is. To see the mount: df ${quote(nearest(path))}`,
};
const NO_FOLDER: Explanation = {
  code: "STORE_FAILED",
  why: "its folder does not exist",
  hint: (path) => `Make it, then run the same command again: mkdir -p ${quote(dirname(path))}`,
};
const OTHER: Explanation = {
  code: "STORE_FAILED",
  why: "the operating system refused",
  hint: (path) => lookUp(path),
};

/** By the error codes of the system; on Linux and macOS alike. */
const BY_ERRNO: Readonly<Record<string, Explanation>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: { ...NO_SPACE, why: "this user's disk quota is used up" },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: READ_ONLY,
  ENOENT: NO_FOLDER,
  EISDIR: { ...OTHER, why: "it is a folder" },
  ENOTDIR: { ...OTHER, why: "a part of the path is a file, not a folder", hint: (path) => lookUp(nearest(path)) },
  ELOOP: { ...OTHER, why: "it is a link that leads back to itself" },
  ENAMETOOLONG: { ...OTHER, why: "the name is too long for this file system", hint: () => "Choose a shorter name." },
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
  const said = errno === null && error instanceof Error ? error.message : (errno ?? String(error));
  const text = code === NO_SPACE.code ? `${said}; ${freeSpaceText(path)}` : said;
  return new StoreError(code, `cannot ${operation} ${path}: ${why} (${text})`, {
    hint: hint(path),
    details: { path, operation, errno },
    cause: error,
  });
}

/** Why the system refused, for people, and the next thing to do; `errno` is empty for what is no error of the system. */
export function explainErrno(error: unknown, path: string): { readonly why: string; readonly hint: string } {
  const errno = errnoOf(error) ?? "";
  const { why, hint } = BY_ERRNO[errno] ?? OTHER;
  const isKnown = errno in BY_ERRNO || !(error instanceof Error);
  return { why: isKnown ? `${why} (${errno})` : `${why}: ${error.message}`, hint: hint(path) };
}

function lookUp(path: string): string {
  return `To see what is there: ls -la ${quote(path)}`;
}

/** The lowest folder above it that is there: commands of a hint must find what they name. */
function nearest(path: string): string {
  const above = dirname(path);
  return above === path || existsSync(above) ? above : nearest(above);
}

/** That folder and, where it is there, the file itself. */
function present(path: string): string {
  const words = [nearest(path), path].filter((each, place) => place === 0 || existsSync(each));
  return words.map(quote).join(" ");
}

/** For a POSIX shell. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
