import { duckdb } from "./duckdb.js";
import { go } from "./go.js";
import { node } from "./node.js";
import { python } from "./python.js";
import type { Recipe } from "./recipe.js";
import { rust } from "./rust.js";

/** In the order in which they are installed. */
export const RECIPES: readonly Recipe[] = [node, python, rust, go, duckdb];

export const recipeOf = (name: string): Recipe | null => RECIPES.find((recipe) => recipe.name === name) ?? null;
