import type { ResolvedSpec } from "../../kind.js";
import type { BuildStep } from "../build-step.js";
import type { Architecture } from "../entry.js";

/**
 * The steps that tools and agents of the spec need, in the order of the build: all before `post_provision`. Pure.
 *
 * Shape: their keys are what `image.tools` is made of; mirrors are in `inputs`, never in a key.
 */
export function recipeSteps(_spec: ResolvedSpec, _arch: Architecture): readonly BuildStep[] {
  return [];
}
