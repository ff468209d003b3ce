import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { lazyImports, lazyOclif } from "./lazy-packages.mjs";

/*
 * Bundles src/ into dist/: ES modules, one part per command, no packages needed beside them. Then writes the root help,
 * which the entry answers without loading anything.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export function bundleOptions(outdir) {
  return {
    absWorkingDir: root,
    entryPoints: [join(root, "src/cli.ts")],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    chunkNames: "parts/[name]-[hash]",
    // Packages that are CommonJS call require for Node's own modules.
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
    plugins: [lazyImports, lazyOclif],
    metafile: true,
    logLevel: "warning",
  };
}

export async function bundle(outdir, more = {}) {
  const { metafile } = await build({ ...bundleOptions(outdir), ...more });
  await writeFile(join(outdir, "package.json"), '{ "type": "module" }\n');
  const help = execFileSync(process.execPath, [join(outdir, "cli.js"), "help", "--no-color"], { encoding: "utf8" });
  await writeFile(join(outdir, "help.txt"), help);
  const made = new Set(Object.keys(metafile.outputs).map((file) => relative(outdir, join(root, file))));
  await removeOthers(outdir, new Set([...made, "package.json", "help.txt"]));
  return metafile;
}

/** Parts of earlier builds go only after the new ones stand, so that a limaform that runs meanwhile finds its files. */
async function removeOthers(outdir, kept) {
  for (const entry of await readdir(outdir, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(relative(outdir, file))) await rm(file);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const metafile = await bundle(join(root, "dist"));
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  process.stdout.write(`dist/: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} KiB\n`);
}
