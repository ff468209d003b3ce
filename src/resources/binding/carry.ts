import type { CarryRules } from "../../ports/repository.js";

const MAX_FILE_BYTES = 50 * 1024 ** 2;

/**
 * Which uncommitted files go along. Not the spec's own edits: else each change of `workers` would push to all of them, and
 * `spawn`, which writes the spec, would make its own plan stale. Nor files that limaform was asked to write into the
 * repository (a saved plan, for one). `sync.to.include` is not a key of this version yet.
 *
 * Shape: `ownFiles` from the top of the work tree.
 */
export function carryRules(ownFiles: readonly string[]): CarryRules {
  return { include: [], exclude: ownFiles, maxFileBytes: MAX_FILE_BYTES };
}

/** Path of the spec inside the work tree; the spec is always in it or below. */
export function specPathIn(root: string, specFile: string): string {
  return specFile.startsWith(`${root}/`) ? specFile.slice(root.length + 1) : specFile;
}
