import { compareText } from "../util/compare.js";
import type { RepositoryTraits } from "./detect.js";
import { LANGUAGES, type Language, type LanguageName } from "./languages.js";

export type InitTemplate = LanguageName | "full";

export interface InitFacts extends RepositoryTraits {
  /** Name, path or URL for `vm.image`; null = the default, as a comment. */
  readonly image: string | null;
  /** Where editors find the JSON schema: a URL, or a path from the spec's folder. */
  readonly schema: string;
}

/** Where a repository that has limaform among its npm packages finds the schema. */
export const PACKAGED_SCHEMA = "./node_modules/limaform/schemas/spec.schema.json";

/**
 * A commented spec for this repository. It is valid as it is; keys of later versions are in it only as comments.
 *
 * Shape: ends with a line end. `template` takes the place of the languages that were found.
 */
export function renderInit(facts: InitFacts, template: InitTemplate | null): string {
  return [
    ...heading(facts),
    ...machine(facts),
    ...tools(languagesOf(facts, template), facts.lockFiles),
    ...hooks(languagesOf(facts, template), facts.lockFiles),
    ...code(facts),
    ...later(),
    "",
  ].join("\n");
}

function languagesOf(facts: InitFacts, template: InitTemplate | null): readonly Language[] {
  if (template === "full") return LANGUAGES;
  const names: readonly string[] = template === null ? facts.languages : [template];
  return LANGUAGES.filter(({ name }) => names.includes(name));
}

function heading({ schema, projectName }: InitFacts): readonly string[] {
  return [
    `#:schema ${schema.replace(/\s/g, "%20")}`,
    "# The fleet of this repository. `limaform plan` shows what would change, `limaform apply` makes it so.",
    "# Lines that begin with # show defaults and examples.",
    "",
    "# Prefix of every instance's name. It stays: another name is another fleet.",
    `project = ${JSON.stringify(projectName)}`,
    "# How many workers; `limaform spawn N` changes it here.",
    "workers = 1",
    "",
  ];
}

function machine({ image }: InitFacts): readonly string[] {
  return [
    "[vm]",
    "# Per worker, changed in place (a disk can only grow). cpus: 4, or all of a smaller host.",
    "# cpus = 4",
    '# memory = "4GiB"',
    '# disk = "30GiB"',
    "# Base image: debian-13, debian-12, ubuntu-24.04, ubuntu-26.04, a path, or a URL with its digest.",
    image === null ? '# image = "debian-13"' : `image = ${JSON.stringify(image)}`,
    "",
  ];
}

function tools(languages: readonly Language[], lockFiles: readonly string[]): readonly string[] {
  const packages = languages.flatMap((language) => [
    ...language.packages,
    ...(installerOf(language, lockFiles)?.packages ?? []),
  ]);
  const apt = ["git", ...new Set(packages)].sort(compareText).map((name) => JSON.stringify(name));
  return [
    "[tools]",
    "# In the image, for every shell: node, python, rust, go, duckdb. A version is the newest that begins so at build time,",
    '# "system" the distribution\'s own. Packages of the distribution are in apt.',
    ...(languages.length === 0 ? ['# node = "24"'] : languages.map(({ name, version }) => `${name} = "${version}"`)),
    `apt = [${apt.join(", ")}]`,
    "",
    "# The coding agent, at its newest version when the image is built; a login is never in an image.",
    "[agents.claude]",
    '# version = "2.1"',
    "",
  ];
}

function hooks(languages: readonly Language[], lockFiles: readonly string[]): readonly string[] {
  const chosen = languages.map((language) => ({ language, installer: installerOf(language, lockFiles) }));
  const prepare = chosen.flatMap(({ installer }) => installer?.prepare ?? []);
  const install = chosen.flatMap(({ installer }) => installer?.install ?? []);
  const isExample = chosen.length === 0;
  return [
    "[hooks]",
    "# Bash that stops at the first failing command, as the guest's user.",
    "# In the image after the tools, before the code. Changing it builds a new image.",
    ...script("post_provision", prepare.length === 0, prepare.length === 0 ? ["sudo make tools"] : prepare),
    "# In the golden image, in the repository's folder: what every worker should find done. Runs again when it or a",
    "# lock file changes, not with every commit.",
    ...script("post_sync", isExample, isExample ? ["make deps"] : install),
    "",
  ];
}

function installerOf(language: Language, lockFiles: readonly string[]) {
  return (
    language.installers.find(({ file }) => file !== null && lockFiles.includes(file)) ??
    language.installers.find(({ file }) => file === null)
  );
}

function script(key: string, isExample: boolean, commands: readonly string[]): readonly string[] {
  const lines = [`${key} = '''`, ...commands, "'''"];
  return isExample ? lines.map((line) => `# ${line}`) : lines;
}

function code({ hasGit }: InitFacts): readonly string[] {
  return [
    "[repo]",
    ...(hasGit
      ? []
      : ["# This folder is no git repository yet: `git init` and a first commit come before the first apply."]),
    "# Where the code is in a worker, and whether uncommitted files go in with it.",
    '# path = "~/PROJECT"',
    "# uncommitted = true",
    "",
    "[rollout]",
    "# When a new image replaces workers: how many more than wanted may exist, how many may be away.",
    "# surge = 0",
    "# unavailable = 1",
    "",
  ];
}

function later(): readonly string[] {
  return ["# Not supported yet (an error until a later version brings it):", "# [network]", '# egress = "closed"'];
}
