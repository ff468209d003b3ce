import type { Json } from "../../util/json.js";
import type { SpecFinding, SpecKey } from "../kind.js";
import { PACKAGE } from "./recipes/apt-conf.js";
import { parseMirror } from "./recipes/mirror.js";
import type { Recipe } from "./recipes/recipe.js";
import { RECIPES } from "./recipes/tools.js";
import { parseRequest } from "./recipes/version.js";

/* The keys `tools.…` and `vm.ca_certs`. Source: docs/spec-reference.md (generated from here). */

export const script = { type: "string", minLength: 1, pattern: "\\S", expected: "a script that is not empty" } as const;

/** What the spec may call a tool or agent of its own. */
export const toolName = {
  type: "string",
  pattern: "^[a-z][a-z0-9-]{0,30}$",
  expected: "a name of at most 31 lower-case letters, digits and hyphens that begins with a letter",
} as const;

function toolKey(recipe: Recipe): SpecKey<string | null> {
  const expected = versionWords(recipe.words);
  return {
    key: `tools.${recipe.name}`,
    schema: { type: "string", minLength: 1, expected },
    description: `Version of ${recipe.title} in the image: ${expected}.`,
    layer: "spec",
    check: (value) => (value === null || parseRequest(value, recipe.words) !== null ? [] : [badVersion(recipe, value)]),
  };
}

export function versionWords(words: readonly string[]): string {
  return `a version such as "3", "3.1" or "3.1.4", or ${words.map((word) => `"${word}"`).join(" or ")}`;
}

function badVersion({ name, words }: Recipe, value: string): SpecFinding {
  const meant = /^[v^~=> ]*([0-9]+(?:\.[0-9]+){0,2})(?:\.[x*])*$/u
    .exec(value.trim())?.[1]
    ?.replaceAll(/\b0+(?=[0-9])/gu, "");
  const numbers = meant === undefined || parseRequest(meant, words) === null ? undefined : meant;
  return {
    severity: "error",
    code: "SPEC_INVALID_VALUE",
    text: `tools.${name}: expected ${versionWords(words)}, found the string ${JSON.stringify(value)}`,
    hint: numbers === undefined ? "" : `did you mean "${numbers}"? It is the newest release that begins so`,
  };
}

export const toolKeys: readonly SpecKey<string | null>[] = RECIPES.map(toolKey);

export const toolsApt: SpecKey<readonly string[]> = {
  key: "tools.apt",
  schema: {
    type: "array",
    items: { type: "string", pattern: PACKAGE, expected: 'the name of a package, such as "jq" or "jq=1.7.1-6"' },
  },
  fallback: [],
  description: "Packages of the distribution.",
  layer: "spec",
  check: (packages) => packages.flatMap((text, index) => differsFromBefore(text, packages.slice(0, index), index)),
};

/** apt would take the last one without a word. */
function differsFromBefore(text: string, before: readonly string[], index: number): readonly SpecFinding[] {
  const nameOf = (word: string): string => word.split(/[=/]/u, 1)[0] ?? "";
  const other = before.find((word) => nameOf(word) === nameOf(text) && word !== text);
  if (other === undefined) return [];
  const what = `tools.apt: ${text} and ${other} are one package`;
  return [{ severity: "error", path: [index], text: what, hint: "leave one of them" }];
}

/** A tool of the spec's own. */
export type CustomTool = { readonly install: string; readonly check?: string; readonly version?: string };

export const toolsCustom: SpecKey<Readonly<Record<string, CustomTool>>> = {
  key: "tools.custom",
  schema: {
    type: "object",
    propertyNames: toolName,
    additionalProperties: {
      type: "object",
      required: ["install"],
      additionalProperties: false,
      properties: {
        install: { ...script, description: "Script that installs it, as the guest's user, who may use sudo." },
        check: { ...script, description: "Script that must succeed; what it prints tells the version." },
        version: {
          type: "string",
          minLength: 1,
          maxLength: 60,
          description: "Given to both scripts as VERSION; what the check prints must hold it.",
        },
      },
    },
    expected: "a table of tables",
  },
  fallback: {},
  description: "Any other tool, by name: `install` (script), `check` (script), `version`.",
  layer: "spec",
  check: (value) =>
    Object.keys(value).flatMap((name): SpecFinding[] => {
      const isTaken = [...RECIPES.map((recipe) => recipe.name), "apt", "mirror"].includes(name);
      const text = `tools.custom.${name}: tools.${name} is a key of its own`;
      const hint = `write tools.${name}, or give your tool another name`;
      return isTaken ? [{ severity: "error", path: [name], text, hint }] : [];
    }),
};

const WHAT: Readonly<Record<string, string>> = {
  apt: "what apt installs (the folder above /debian, /debian-security or /ubuntu)",
  npm: "an agent's npm package (default: what npm is set to on this host)",
};

/** Where a mirror of each name can lead: the schemes of its recipe. */
const MIRRORS: readonly { readonly name: string; readonly schemes: readonly string[] }[] = [
  ...RECIPES.map(({ name, sources }) => ({ name, schemes: sources.map(({ scheme }) => scheme) })),
  { name: "apt", schemes: [""] },
  { name: "npm", schemes: [""] },
];

export const mirrorKeys: readonly SpecKey<string | null>[] = MIRRORS.map(({ name, schemes }) => ({
  key: `tools.mirror.${name}`,
  schema: { type: "string", minLength: 1 },
  description: `Where ${WHAT[name] ?? name} is downloaded from instead.${layouts(schemes)}`,
  layer: "any",
  check: (value, values) => (value === null ? [] : checkMirror({ name, schemes }, value, values["tools.node"] ?? null)),
}));

function layouts(schemes: readonly string[]): string {
  const others = schemes.filter((scheme) => scheme !== "").map((scheme) => `\`${scheme}+https://…\``);
  return others.length === 0 ? "" : ` Also ${others.join(", ")}.`;
}

function checkMirror(
  { name, schemes }: { readonly name: string; readonly schemes: readonly string[] },
  value: string,
  node: Json,
): readonly SpecFinding[] {
  const mirror = parseMirror(value);
  const forms = schemes.map((scheme) => (scheme === "" ? "https://…" : `${scheme}+https://…`)).join(" or ");
  const error = (text: string, hint: string): readonly SpecFinding[] => [
    { severity: "error", code: "SPEC_INVALID_VALUE", text: `tools.mirror.${name}: ${text}`, hint },
  ];
  if (mirror === null && /^[a-z+]*https?:\/\/[^/]*@/u.test(value)) {
    return error("a login in the URL would stand in plans and logs", "write the URL without it");
  }
  if (mirror === null) return error(`expected a URL (${forms}), found the string ${JSON.stringify(value)}`, "");
  if (!schemes.includes(mirror.scheme)) return error(`there is no layout ${mirror.scheme}`, `write ${forms}`);
  if (name === "node" && mirror.scheme === "npm" && node === "lts") {
    return error("an npm registry does not tell which release is lts", 'write a number, such as tools.node = "24"');
  }
  return [];
}

export const vmCaCerts: SpecKey<readonly string[] | "host" | null> = {
  key: "vm.ca_certs",
  schema: {
    anyOf: [
      {
        type: "array",
        items: { type: "string", minLength: 1, expected: "the path of a file" },
        expected: "a list of files",
      },
      { type: "string", enum: ["host"], expected: '"host"' },
    ],
  },
  description:
    'Extra trust roots for the guest: a list of PEM files, or "host" = what this host trusts beyond the public roots.',
  layer: "spec",
};
