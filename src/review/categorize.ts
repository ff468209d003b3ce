import { CATEGORIES, type Category, PATH_CATEGORIES } from "./categories.js";
import { disguiseKey } from "./name-rules.js";
import type { RawChange } from "./raw-diff.js";

/** What the categories depend on besides the change itself. */
export interface CategoryRules {
  /** Files that the spec names, relative to the work tree. */
  readonly specFiles: readonly string[];
  /** Folders inside the work tree from which the host's git runs hooks (`core.hooksPath`). */
  readonly hookFolders: readonly string[];
  /** Paths that git's numstat shows as binary. */
  readonly binaries: ReadonlySet<string>;
}

const ABSENT = "000000";
const LINK = "120000";
const SUBMODULE = "160000";
const EXECUTABLE = "100755";

type Matcher = (path: string, name: string) => boolean;

type Matchers = readonly (readonly [Category, readonly Matcher[]])[];

/** Made with the first change: most commands judge none. */
let known: Matchers | null = null;

function matchersByCategory(): Matchers {
  known ??= CATEGORIES.map((category) => [category, (PATH_CATEGORIES[category] ?? []).map(compileGlob)]);
  return known;
}

/** Categories of one change, in the order of the report; empty = nothing of it executes by itself. */
export function categorize(change: RawChange, rules: CategoryRules): readonly Category[] {
  const path = change.path.split("/").map(disguiseKey).join("/");
  const name = path.slice(path.lastIndexOf("/") + 1);
  const found = new Set<Category>();
  for (const [category, matchers] of matchersByCategory()) {
    if (matchers.some((matches) => matches(path, name))) found.add(category);
  }
  if (rules.specFiles.some((file) => fold(file) === path)) found.add("spec");
  if (rules.hookFolders.some((folder) => isInside(path, fold(folder)))) found.add("hooks");
  if (change.mode === SUBMODULE || change.oldMode === SUBMODULE) found.add("submodules");
  if (change.mode === LINK || change.oldMode === LINK) found.add("symlinks");
  if (changesMode(change)) found.add("modes");
  if (rules.binaries.has(change.path)) found.add("binaries");
  return CATEGORIES.filter((category) => found.has(category));
}

/** A mode that changes, or a new file that may be executed. A deletion changes no mode. */
function changesMode(change: RawChange): boolean {
  if (change.mode === ABSENT) return false;
  return change.oldMode === ABSENT ? change.mode === EXECUTABLE : change.oldMode !== change.mode;
}

function fold(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .map(disguiseKey)
    .join("/");
}

function isInside(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

function compileGlob(glob: string): Matcher {
  if (glob.endsWith("/")) {
    const inside = new RegExp(`(^|/)${escapeGlob(glob.slice(0, -1))}/`, "u");
    return (path) => inside.test(`${path}/`);
  }
  const whole = new RegExp(`^${escapeGlob(glob)}$`, "u");
  if (!glob.includes("/")) return (_path, name) => whole.test(name);
  const tail = new RegExp(`(^|/)${escapeGlob(glob)}$`, "u");
  return (path) => tail.test(path);
}

function escapeGlob(glob: string): string {
  return glob.replace(/[.+^$(){}|[\]\\?]/gu, "\\$&").replaceAll("*", "[^/]*");
}
