import { digestOf } from "../../util/digest.js";
import type { Json, JsonObject } from "../../util/json.js";
import type { SourceFacts } from "../../world/sources.js";
import type { HostFacts } from "../../world/world.js";
import { type ResolvedSpec, specValue } from "../kind.js";
import type { BuildStep } from "./build-step.js";
import type { ImageEntry } from "./entry.js";
import { postProvision, postSync, vmType, vmUser } from "./spec.js";

/** Raised only when images built by older recipes must go. Never limaform's version. */
export const TOOLS_RECIPE = 1;

/** What the disk of an `image.tools` begins as. */
export function toolsBase(spec: ResolvedSpec, host: HostFacts, entry: ImageEntry) {
  const type = specValue(spec, vmType);
  return {
    recipe: TOOLS_RECIPE,
    arch: entry.arch,
    image: entryIdentity(entry),
    vmType: type === "auto" ? host.vmType : type,
    user: specValue(spec, vmUser),
  };
}

/**
 * What makes a new `image.tools`, to the letter of the design page §5; anything else never does.
 *
 * Shape: hex digest. `entry` is the resolved architecture's image with content digests for local files; of `steps` the
 * keys of tools and agents count, the hook and its `env` stand for themselves.
 */
export function toolsRevision(
  spec: ResolvedSpec,
  host: HostFacts,
  entry: ImageEntry,
  steps: readonly BuildStep[],
): string {
  return digestOf(toolsParts(spec, host, entry, steps));
}

/** The same part by part. */
export function toolsParts(spec: ResolvedSpec, host: HostFacts, entry: ImageEntry, steps: readonly BuildStep[]) {
  const hook = specValue(spec, postProvision);
  const keys = steps.filter(({ kind }) => kind !== "hook").map(({ name, key }) => [name, key]);
  return {
    ...toolsBase(spec, host, entry),
    postProvision: hook,
    env: hook === null ? null : shared(spec, "env"),
    // Absent where there are none: images of earlier versions stay what they are.
    ...(keys.length === 0 ? {} : { steps: keys }),
  };
}

/** What makes a new `image.golden`: the tools below it and what `post_sync` works on. */
export function goldenRevision(spec: ResolvedSpec, sources: SourceFacts, tools: string): string {
  return digestOf(goldenParts(spec, sources, tools));
}

/** The same part by part. */
export function goldenParts(spec: ResolvedSpec, sources: SourceFacts, tools: string) {
  const hook = specValue(spec, postSync);
  const inputs = sources.repository.kind === "none" ? [] : sources.repository.imageInputs;
  return {
    tools,
    repoMode: shared(spec, "repo.mode"),
    repoPath: shared(spec, "repo.path"),
    postSync: hook,
    env: hook === null ? null : shared(spec, "env"),
    inputs: hook === null ? null : inputs.map(({ path, blob }) => [path, blob]),
  };
}

/** A key that another kind owns: kinds do not import one another. */
const shared = (spec: ResolvedSpec, key: string): Json => spec.values[key] ?? null;

/** Content where there is content, else URL and digest: a local file that moved is the same image. */
function entryIdentity(entry: ImageEntry): JsonObject {
  return {
    disk: entry.contentDigest ?? `${entry.location} ${entry.digest ?? ""}`,
    kernel: entry.kernelDigest ?? entry.kernel ?? null,
    initrd: entry.initrdDigest ?? entry.initrd ?? null,
    cmdline: entry.cmdline ?? null,
  };
}
