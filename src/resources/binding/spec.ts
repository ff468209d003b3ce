import { quoteText } from "../../util/quote.js";
import type { SpecFinding, SpecKey } from "../kind.js";

/* The keys of the spec that belong to the tie between the repository and a worker. */

export const repoPath: SpecKey<string> = {
  key: "repo.path",
  schema: { type: "string", minLength: 1 },
  fallback: ({ project }) => `~/${project}`,
  description: "Where the code lives in a worker: an absolute path, or one below the home folder.",
  layer: "spec",
  check: checkPath,
};

export const repoMode: SpecKey<"git" | "files"> = {
  key: "repo.mode",
  schema: { type: "string", enum: ["git", "files"] },
  fallback: ({ isGitRepository }) => (isGitRepository ? "git" : "files"),
  description: 'How the code goes in: "git" as commits, "files" as the files that lie there.',
  layer: "spec",
};

export const repoUncommitted: SpecKey<boolean> = {
  key: "repo.uncommitted",
  schema: { type: "boolean" },
  fallback: true,
  description: "Carry uncommitted and untracked files along.",
  layer: "any",
};

export const syncToInclude: SpecKey<readonly string[]> = {
  key: "sync.to.include",
  schema: { type: "array", items: { type: "string", minLength: 1 } },
  fallback: [],
  description: "Patterns of untracked files carried although they look like secrets, are large, or git ignores them.",
  layer: "any",
};

const NEVER_CARRIED = ["node_modules/", ".git/", "target/", ".venv/", "__pycache__/", "dist/", "*.log", ".DS_Store"];

export const syncToExclude: SpecKey<readonly string[]> = {
  key: "sync.to.exclude",
  schema: { type: "array", items: { type: "string", minLength: 1 } },
  fallback: NEVER_CARRIED,
  description: "Patterns of files never carried in; in git mode of untracked ones.",
  layer: "any",
};

export const syncToDefaultPaths: SpecKey<readonly string[]> = {
  key: "sync.to.default_paths",
  schema: { type: "array", items: { type: "string", minLength: 1 } },
  fallback: ["."],
  description: "Paths that sync takes without arguments, in files mode.",
  layer: "any",
};

export const bindingKeys: readonly SpecKey[] = [
  ...[repoPath, repoMode, repoUncommitted],
  ...[syncToInclude, syncToExclude, syncToDefaultPaths],
];

function checkPath(path: string): readonly SpecFinding[] {
  const problem = pathProblem(path);
  if (problem === null) return [];
  return [
    {
      severity: "error",
      code: "SPEC_INVALID_VALUE",
      text: `repo.path: ${problem}, found the string ${quoteText(path)}`,
      hint: 'write a path of the guest such as "~/app" or "/srv/app"',
    },
  ];
}

function pathProblem(path: string): string | null {
  const match = /^(~|)\/(.+)$/s.exec(path);
  if (match === null) return 'expected an absolute path, or one that begins with "~/"';
  const segments = (match[2] ?? "").split("/");
  if (segments.includes("..") || segments.includes(".")) return 'expected a path without "." and ".." in it';
  if (segments.includes("")) return "expected a path without empty parts and without a slash at its end";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(path) ? "expected a path without control characters" : null;
}
