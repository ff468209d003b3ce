import { digestOf } from "../../util/digest.js";
import { parseDuration } from "../../util/duration.js";
import type { Json, JsonObject } from "../../util/json.js";
import type { SourceFacts } from "../../world/sources.js";
import { type ResolvedSpec, specValue } from "../kind.js";
import type { BuildStep } from "./build-step.js";
import type { Architecture } from "./entry.js";
import { recipeSteps } from "./recipes/steps.js";
import { imageStepTimeout, postProvision, postSync } from "./spec.js";

const MINUTE = 60_000;
const HOOK_LIMIT_MS = 120 * MINUTE;
const PUSH_LIMIT_MS = 30 * MINUTE;
/** Raised only when what a hook or a push of an older limaform left must not be built upon. */
const HOOK_RECIPE = 1;
const PUSH_RECIPE = 1;

/** Words that mean something else among an image's steps. */
const RESERVED: ReadonlySet<string> = new Set([
  ...["create", "start", "stop", "save", "update", "seal", "protect", "delete", "adopt", "forget", "post_provision"],
]);

/** What `image.tools` is built of, in order: tools and agents, then `post_provision`. */
export function toolsSteps(spec: ResolvedSpec, arch: Architecture, sources: SourceFacts): readonly BuildStep[] {
  const hook = specValue(spec, postProvision);
  const recipes = recipeSteps(spec, arch, sources.caCerts ?? "").map((step) =>
    RESERVED.has(step.name) ? { ...step, name: `step-${step.name}` } : step,
  );
  const own = hook === null ? [] : [hookStep("post_provision", { hook, env: shared(spec, "env"), cwd: null })];
  return limited(spec, [...recipes, ...own]);
}

/** What `image.golden` is built of: a clean checkout of HEAD (in files mode the files as they lie there), then `post_sync`. */
export function goldenSteps(spec: ResolvedSpec, sources: SourceFacts): readonly BuildStep[] {
  const { repository } = sources;
  const guestPath = shared(spec, "repo.path");
  const hook = specValue(spec, postSync);
  const inputs = repository.kind === "none" ? [] : repository.imageInputs.map(({ path, blob }) => [path, blob]);
  const code = codeOf(spec, sources);
  const hasCode = code !== null;
  const push = hasCode ? [pushStep({ root: repository.root, ...code, guestPath })] : [];
  const own =
    hook === null
      ? []
      : [hookStep("post_sync", { hook, env: shared(spec, "env"), cwd: hasCode ? guestPath : null }, inputs)];
  return limited(spec, [...push, ...own]);
}

/** What of the code a push needs to know; null where none goes in. In files mode a digest stands for the commit. */
function codeOf(spec: ResolvedSpec, { repository, ownFiles }: SourceFacts): JsonObject | null {
  if (repository.kind === "git") {
    return repository.head === null ? null : { commit: repository.head, branch: repository.branch };
  }
  if (repository.kind === "none") return null;
  const [include, skip] = [shared(spec, "sync.to.include") ?? [], shared(spec, "sync.to.exclude") ?? []];
  return { mode: "files", commit: repository.carried.digest, branch: null, ownFiles, include, skip };
}

/** `files`: what of the code decides the result besides the script. */
function hookStep(name: string, hook: JsonObject, files: Json = null): BuildStep {
  return {
    name,
    title: `hooks.${name}`,
    key: digestOf({ recipe: HOOK_RECIPE, hook, files }),
    timeoutMs: HOOK_LIMIT_MS,
    kind: "hook",
    inputs: { name, ...hook },
  };
}

/** The commit is no part of the key: code in an image is a warm cache. A build that goes on brings it up to date. */
function pushStep(inputs: JsonObject): BuildStep {
  const { guestPath = null } = inputs;
  return {
    name: "push",
    title: "the code",
    key: digestOf({ recipe: PUSH_RECIPE, guestPath }),
    timeoutMs: PUSH_LIMIT_MS,
    kind: "code",
    inputs,
  };
}

function limited(spec: ResolvedSpec, steps: readonly BuildStep[]): readonly BuildStep[] {
  const limit = specValue(spec, imageStepTimeout);
  return limit === null ? steps : steps.map((step) => ({ ...step, timeoutMs: parseDuration(limit) }));
}

/** A key that another kind owns: kinds do not import one another. */
const shared = (spec: ResolvedSpec, key: string): Json => spec.values[key] ?? null;
