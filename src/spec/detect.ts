import { compareText } from "../util/compare.js";
import { LANGUAGES, type LanguageName } from "./languages.js";

/** What `init` found out about a repository. Plain data. */
export interface RepositoryTraits {
  /** A valid `project`, made from the folder's name. */
  readonly projectName: string;
  /** Languages with a manifest in the root, in the order of the table. */
  readonly languages: readonly LanguageName[];
  /** Lock files in the root, sorted. */
  readonly lockFiles: readonly string[];
  readonly hasGit: boolean;
}

export interface RepositoryListing {
  /** Name of the repository's root folder. */
  readonly folder: string;
  /** Paths from the root, with `/`. */
  readonly files: readonly string[];
  readonly hasGit: boolean;
}

export function detectRepository({ folder, files, hasGit }: RepositoryListing): RepositoryTraits {
  const all = new Set(files);
  const locks = LANGUAGES.flatMap(({ installers }) => installers.flatMap(({ file }) => (file === null ? [] : [file])));
  return {
    projectName: projectNameOf(folder),
    languages: LANGUAGES.filter(({ manifests }) => manifests.some((file) => all.has(file))).map(({ name }) => name),
    lockFiles: locks.filter((file) => all.has(file)).sort(compareText),
    hasGit,
  };
}

const MAX_LENGTH = 31;

/** A valid project name from any text: `My_App (2)` → `my-app-2`, `42` → `project-42`. */
export function projectNameOf(folder: string): string {
  const plain = folder.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.split(/[^a-z0-9]+/).filter((word) => word !== "");
  const named = /^[a-z]/.test(words[0] ?? "") ? words : ["project", ...words];
  return named.join("-").slice(0, MAX_LENGTH).replace(/-+$/, "");
}
