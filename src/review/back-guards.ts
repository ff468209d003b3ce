/** Sizes of one pull, all of them counts of files. */
export interface BackSizes {
  readonly base: number;
  readonly worker: number;
  readonly deleted: number;
  /** Changed files that the base has. */
  readonly modified: number;
}

/** Units: counts of files, shares of the base. */
export const GUARDS = { emptied: 2, deleted: 20, deletedShare: 0.1, modified: 20, modifiedShare: 0.5 } as const;

/**
 * Reasons to stop and ask before anything of a pull is written: what looks like an accident or an attack as a whole,
 * however harmless each file is.
 *
 * Source: reference/sync.md §6, rule 15.
 */
export function haltReasons({ base, worker, deleted, modified }: BackSizes): readonly string[] {
  const reasons: string[] = [];
  if (worker === 0 && base >= GUARDS.emptied) reasons.push(`the worker's folder is empty, where ${base} files were`);
  else if (deleted > Math.max(GUARDS.deleted, base * GUARDS.deletedShare)) {
    reasons.push(`${deleted} of ${base} files are deleted`);
  }
  if (modified > Math.max(GUARDS.modified, base * GUARDS.modifiedShare)) {
    reasons.push(`${modified} of ${base} files are changed`);
  }
  return reasons;
}
