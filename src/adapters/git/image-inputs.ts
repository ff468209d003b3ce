import ignore from "ignore";
import { compareText } from "../../util/compare.js";

/** One entry of `git ls-tree -r`. */
export interface TreeEntry {
  readonly mode: string;
  readonly blob: string;
  readonly path: string;
}

/** Per language: its lock files, and the manifests that count where a folder has none of them. */
const ECOSYSTEMS: readonly { readonly locks: readonly string[]; readonly manifests: readonly string[] }[] = [
  {
    locks: ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"],
    manifests: ["package.json"],
  },
  { locks: ["deno.lock"], manifests: ["deno.json", "deno.jsonc"] },
  {
    locks: ["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"],
    manifests: ["pyproject.toml", "Pipfile", "requirements.txt", "setup.py", "setup.cfg"],
  },
  { locks: ["Cargo.lock"], manifests: ["Cargo.toml"] },
  { locks: ["go.sum"], manifests: ["go.mod"] },
  { locks: ["Gemfile.lock"], manifests: ["Gemfile"] },
  { locks: ["composer.lock"], manifests: ["composer.json"] },
  { locks: ["mix.lock"], manifests: ["mix.exs"] },
  { locks: ["flake.lock"], manifests: ["flake.nix"] },
];

/**
 * The tracked files whose content makes a new golden image (only where `hooks.post_sync` is set; the caller knows).
 *
 * Shape: sorted by path; `patterns` null = lock files, and a manifest where its folder has no lock file of its language.
 * Source: design page §5.
 */
export function selectImageInputs(
  entries: readonly TreeEntry[],
  patterns: readonly string[] | null,
): readonly { readonly path: string; readonly blob: string }[] {
  const files = entries.filter(({ mode }) => mode.startsWith("100"));
  const isInput = patterns === null ? defaultInputs(files) : matching(patterns);
  return files
    .filter(({ path }) => isInput(path))
    .map(({ path, blob }) => ({ path, blob }))
    .sort((left, right) => compareText(left.path, right.path));
}

function matching(patterns: readonly string[]): (path: string) => boolean {
  const rules = ignore().add([...patterns]);
  return (path) => rules.ignores(path);
}

function defaultInputs(files: readonly TreeEntry[]): (path: string) => boolean {
  const paths = new Set(files.map(({ path }) => path));
  return (path) => {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const name = path.slice(folder.length);
    return ECOSYSTEMS.some(
      ({ locks, manifests }) =>
        locks.includes(name) || (manifests.includes(name) && !locks.some((lock) => paths.has(folder + lock))),
    );
  };
}

/** Reads `git ls-tree -r -z --full-tree`. */
export function parseTree(text: string): readonly TreeEntry[] {
  return text
    .split("\0")
    .filter((field) => field !== "")
    .flatMap((field) => {
      const [, mode, blob, path] = /^([0-7]{6}) [a-z]+ ([0-9a-f]{40,64})\t(.+)$/su.exec(field) ?? [];
      return mode === undefined || blob === undefined || path === undefined ? [] : [{ mode, blob, path }];
    });
}
