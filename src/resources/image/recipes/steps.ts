import { BACKENDS } from "../../../backends/registry.js";
import { digestOf, sha256Hex } from "../../../util/digest.js";
import type { JsonObject } from "../../../util/json.js";
import { type ResolvedSpec, specValue } from "../../kind.js";
import { agents, type CommandAgent, type KnownAgent } from "../agent-keys.js";
import type { BuildStep } from "../build-step.js";
import type { Architecture } from "../entry.js";
import { mirrorKeys, toolKeys, toolsApt, toolsCustom } from "../tool-keys.js";
import type { Recipe } from "./recipe.js";
import { RECIPES } from "./tools.js";

/** Raised only when images that were built by an older recipe must go. */
const CA_RECIPE = 1;
const APT_RECIPE = 1;
const MINUTE = 60_000;

/**
 * The steps that tools and agents of the spec need, in the order of the build: all before `post_provision`. Pure.
 *
 * Shape: their keys are what `image.tools` is made of; mirrors are in `inputs`, never in a key. `certificates` is the PEM
 * text behind `vm.ca_certs`; empty = none.
 */
export function recipeSteps(spec: ResolvedSpec, arch: Architecture, certificates: string): readonly BuildStep[] {
  const tools = wantedTools(spec);
  const packages = [
    ...specValue(spec, toolsApt),
    ...tools.flatMap(({ recipe, version }) => [
      ...recipe.neededPackages,
      ...(version === "system" ? recipe.systemPackages : []),
    ]),
  ];
  return [
    ...(certificates === "" ? [] : [caStep(certificates)]),
    ...(packages.length === 0 ? [] : [aptStep([...new Set(packages)].sort(), mirrorOf(spec, "apt"))]),
    ...tools.map(({ recipe, version }) => toolStep(recipe, version, arch, mirrorOf(spec, recipe.name))),
    ...customSteps(spec),
    ...agentSteps(spec, arch),
  ];
}

function caStep(pem: string): BuildStep {
  return {
    ...{ name: "ca-certs", title: "extra trust roots", kind: "ca", timeoutMs: 10 * MINUTE },
    key: digestOf({ recipe: CA_RECIPE, certificates: sha256Hex(pem) }),
    inputs: { pem },
  };
}

function aptStep(packages: readonly string[], mirror: string | null): BuildStep {
  return {
    ...{ name: "apt", title: packages.length === 1 ? "1 package" : `${packages.length} packages` },
    ...{ kind: "apt", timeoutMs: 60 * MINUTE, key: digestOf({ recipe: APT_RECIPE, packages: [...packages] }) },
    inputs: { packages: [...packages], mirror },
  };
}

function wantedTools(spec: ResolvedSpec): readonly { readonly recipe: Recipe; readonly version: string }[] {
  return RECIPES.flatMap((recipe) => {
    const key = toolKeys.find((each) => each.key === `tools.${recipe.name}`);
    const version = key === undefined ? null : specValue(spec, key);
    return version === null ? [] : [{ recipe, version }];
  });
}

function toolStep(recipe: Recipe, version: string, arch: Architecture, mirror: string | null): BuildStep {
  const { name, number, title } = recipe;
  return {
    ...{ name, title: `${title} ${version}`, kind: "tool", timeoutMs: 60 * MINUTE },
    key: digestOf({ recipe: number, tool: name, version, arch }),
    inputs: { tool: name, version, arch, mirror },
  };
}

function customSteps(spec: ResolvedSpec): readonly BuildStep[] {
  return sorted(specValue(spec, toolsCustom)).map(([name, { install, check = null, version = null }]) =>
    customStep(`custom-${name}`, version === null ? name : `${name} ${version}`, {
      ...{ key: `tools.custom.${name}`, install, check, version },
    }),
  );
}

/** Those that limaform knows in its own order, then the others by name. What needs no installation is no step. */
function agentSteps(spec: ResolvedSpec, arch: Architecture): readonly BuildStep[] {
  const wanted = specValue(spec, agents);
  const mirror = mirrorOf(spec, "npm");
  const known = BACKENDS.flatMap(({ name, title, install }): BuildStep[] => {
    const agent = wanted[name] as KnownAgent | undefined;
    if (agent === undefined || install === null) return [];
    const version = agent.version ?? "latest";
    return [
      {
        ...{ name, title: `${title} ${version}`, kind: "agent", timeoutMs: 60 * MINUTE },
        key: digestOf({ recipe: install.recipe, agent: name, version, arch }),
        inputs: { agent: name, version, arch, mirror },
      },
    ];
  });
  const others = sorted(wanted).flatMap(([name, agent]): BuildStep[] => {
    if (BACKENDS.some((backend) => backend.name === name)) return [];
    const { install = null, check = null } = agent as CommandAgent;
    if (install === null && check === null) return [];
    return [customStep(`agent-${name}`, name, { key: `agents.${name}`, install, check, version: null })];
  });
  return [...known, ...others];
}

function customStep(name: string, title: string, inputs: JsonObject): BuildStep {
  return { name, title, kind: "custom", timeoutMs: 120 * MINUTE, key: digestOf(inputs), inputs };
}

const sorted = <T>(table: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(table).sort(([left], [right]) => (left < right ? -1 : 1));

function mirrorOf(spec: ResolvedSpec, name: string): string | null {
  const key = mirrorKeys.find((each) => each.key === `tools.mirror.${name}`);
  return key === undefined ? null : specValue(spec, key);
}
