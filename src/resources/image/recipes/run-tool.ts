import { BugError } from "../../../errors/errors.js";
import { sha256Hex } from "../../../util/digest.js";
import { plainUrl } from "../../../util/plain-url.js";
import { textOf, textOrNull } from "../../inputs.js";
import { type BuildOutcome, type BuildRunner, NO_BYTES } from "../build-step.js";
import type { Architecture } from "../entry.js";
import { checkTool } from "./check.js";
import type { GuestWork } from "./guest-work.js";
import { downloadOptions, installTree } from "./install.js";
import { parseMirror } from "./mirror.js";
import type { Recipe, ToolSource } from "./recipe.js";
import { resolve } from "./resolve.js";
import { recipeOf } from "./tools.js";
import { parseRequest } from "./version.js";

/** A tool of `tools.NAME`: found, downloaded, unpacked, linked, checked; or the distribution's, which apt brought. */
export const runTool: BuildRunner = async (ports, { instance }, { title, inputs, timeoutMs }, context) => {
  const recipe = recipeOf(textOf(inputs, "tool"));
  if (recipe === null) throw new BugError(`the plan names the tool ${textOf(inputs, "tool")}, which there is not`);
  const key = `tools.${recipe.name}`;
  const work: GuestWork = { ports, instance, timeoutMs, context, title, key };
  const version = textOf(inputs, "version");
  if (version === "system") {
    const found = await checkTool(work, recipe.check, null);
    return { version: found, source: "packages of the distribution", ...NO_BYTES };
  }
  const arch = textOf(inputs, "arch") as Architecture;
  return installFrom(work, recipe, { version, arch, mirror: textOrNull(inputs, "mirror") });
};

async function installFrom(
  work: GuestWork,
  recipe: Recipe,
  { version, arch, mirror }: { readonly version: string; readonly arch: Architecture; readonly mirror: string | null },
): Promise<BuildOutcome> {
  const { source, base } = sourceOf(recipe, mirror);
  const request = parseRequest(version, recipe.words);
  if (request === null) throw new BugError(`the plan has the version ${version} for ${work.key}`);
  const { found, indexBytes, note } = await resolve(
    work.ports.downloads,
    {
      ...{ title: work.title, key: work.key, text: version, request, source: base },
      memory: `tool-${recipe.name}-${arch}-${sha256Hex(`${source.scheme}+${base}`).slice(0, 12)}`,
      find: (read) => source.find({ base, request, arch }, read),
    },
    work.ports.clock.now(),
    downloadOptions(work),
  );
  if (note !== null) work.context.log(note);
  const bytes = await installTree(work, { ...recipe, found });
  const checked = await checkTool(work, recipe.check, found.version);
  return { version: checked, source: plainUrl(base), ...bytes, indexBytes };
}

/** The mirror's layout, or the maker's own place. The spec's reader has refused what has no layout. */
function sourceOf(recipe: Recipe, mirror: string | null): { readonly source: ToolSource; readonly base: string } {
  const wanted = mirror === null ? { scheme: "", base: null } : parseMirror(mirror);
  const source = recipe.sources.find(({ scheme }) => scheme === wanted?.scheme);
  const base = wanted?.base ?? source?.base ?? null;
  if (source === undefined || base === null)
    throw new BugError(`the plan has a mirror of ${recipe.name} without a layout`);
  return { source, base };
}
