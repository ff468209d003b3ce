import { digestOf } from "../../util/digest.js";
import type { Json, JsonObject } from "../../util/json.js";
import type { ImageEntry } from "./entry.js";

const DIGITS = 16;

/** Parts of a revision by the words of the spec. */
const WORDS: Readonly<Record<string, string>> = {
  arch: "vm.arch",
  image: "vm.image",
  vmType: "vm.type",
  user: "vm.user",
  postProvision: "hooks.post_provision",
  tools: "image.tools",
  repoMode: "repo.mode",
  repoPath: "repo.path",
  postSync: "hooks.post_sync",
  inputs: "image.inputs",
};

/**
 * What made a revision, part by part: digests, so that a record tells which part differs and never what it was.
 *
 * Shape: parts that are not set are left out.
 */
export function inputDigests(parts: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, value]) =>
      value === null ? [] : [[WORDS[name] ?? name, digestOf(value as Json).slice(0, DIGITS)]],
    ),
  );
}

/** What a record says of the base: where it came from, without a password in its URL, and which file it was. */
export const baseOf = ({ location, arch, digest, contentDigest }: ImageEntry): JsonObject => ({
  location: location.replace(/^(https?:\/\/)[^/@]*@/, "$1"),
  arch,
  digest: contentDigest ?? digest,
});
