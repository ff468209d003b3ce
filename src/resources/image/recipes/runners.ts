import type { BuildRunner } from "../build-step.js";
import { runAgent } from "./run-agent.js";
import { runApt } from "./run-apt.js";
import { runCa } from "./run-ca.js";
import { runCustom } from "./run-custom.js";
import { runTool } from "./run-tool.js";

/** What executes the steps of `recipeSteps`, by their kind. */
export const RECIPE_RUNNERS: Readonly<Record<string, BuildRunner>> = {
  ca: runCa,
  apt: runApt,
  tool: runTool,
  custom: runCustom,
  agent: runAgent,
};
