/* The sources are TypeScript whose imports end in .js, so they are bundled before a bench runs them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ROOT } from "./scene.mjs";

/** Bundles a list of `export … from "./src/…"` lines and hands the file to `use`. */
export async function withBundle(contents, use) {
  const folder = await mkdtemp(join(tmpdir(), "limaform-bench-"));
  try {
    const outfile = join(folder, "sources.mjs");
    await build({
      stdin: { contents, resolveDir: ROOT, loader: "ts" },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      // Packages that are CommonJS call require for Node's own modules.
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
      },
      logLevel: "error",
    });
    return await use(outfile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const load = (file) => import(pathToFileURL(file).href);
