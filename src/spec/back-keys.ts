import type { SpecKey } from "../resources/kind.js";

/* Keys of `sync-back` and `watch-back`: how files of a worker come back. */

const strings = { type: "array", items: { type: "string", minLength: 1 } } as const;

export const syncFromPaths: SpecKey<readonly string[]> = {
  key: "sync.from.default_paths",
  schema: strings,
  fallback: ["."],
  description: "Paths that sync-back takes without arguments, from the top of the repository.",
  layer: "any",
};

export const syncFromExclude: SpecKey<readonly string[]> = {
  key: "sync.from.exclude",
  schema: strings,
  fallback: ["node_modules/", ".git/", "target/", ".venv/", "__pycache__/", "dist/", "*.log", ".DS_Store"],
  description: "Patterns, as in .gitignore, of files that never come back and are no work.",
  layer: "any",
};

export const watchInterval: SpecKey<number> = {
  key: "watch.interval",
  schema: { type: "integer", minimum: 1, maximum: 86_400 },
  fallback: 30,
  description: "Seconds between two looks of watch-back.",
  layer: "any",
};

export const watchPaths: SpecKey<readonly string[]> = {
  key: "watch.default_paths",
  schema: strings,
  fallback: [],
  description: "Paths that watch-back takes without arguments; none = name them on the command line.",
  layer: "any",
};

export const backKeys: readonly SpecKey[] = [syncFromPaths, syncFromExclude, watchInterval, watchPaths];
