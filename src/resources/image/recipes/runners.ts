import type { BuildRunner } from "../build-step.js";

/** What executes the steps of `recipeSteps`, by their kind. */
export const RECIPE_RUNNERS: Readonly<Record<string, BuildRunner>> = {};
