import type { CarryRules } from "../ports/repository.js";
import type { Json, JsonObject } from "../util/json.js";

const MAX_FILE_BYTES = 50 * 1024 ** 2;

/**
 * Which uncommitted files go along. Not the spec's own edits: else each change of `workers` would push to all of them, and
 * `spawn`, which writes the spec, would make its own plan stale. Nor files that limaform was asked to write into the
 * repository (a saved plan, for one).
 *
 * Shape: `ownFiles` from the top of the work tree.
 */
export function carryRules({ ownFiles, include, skip }: CarryChoice): CarryRules {
  return { include, skip, exclude: ownFiles, maxFileBytes: MAX_FILE_BYTES };
}

/** What a plan's step says of it. */
export interface CarryChoice {
  readonly ownFiles: readonly string[];
  /** `sync.to.include`. */
  readonly include: readonly string[];
  /** `sync.to.exclude`. */
  readonly skip: readonly string[];
}

/** The choice that a spec's values make. */
export const carryChoiceOf = (values: JsonObject, ownFiles: readonly string[]): CarryChoice => ({
  ownFiles,
  include: texts(values["sync.to.include"]),
  skip: texts(values["sync.to.exclude"]),
});

/** The choice in a step's inputs; absent lists are empty (an image carries nothing). */
export const carryChoiceIn = ({ ownFiles, include, skip }: JsonObject): CarryChoice => ({
  ownFiles: texts(ownFiles),
  include: texts(include),
  skip: texts(skip),
});

const texts = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
