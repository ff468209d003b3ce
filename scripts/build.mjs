import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { programParts } from "./program-parts.mjs";

/*
 * Bundles src/ into dist/, which needs no packages beside it: cli.js (the entry), the parts of the program
 * (`program-parts.mjs`), V8's compiled code for them, and the root help that the entry answers at once.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export async function bundle(outdir) {
  await build({
    ...{ absWorkingDir: root, bundle: true, platform: "node", target: "node22", logLevel: "warning" },
    entryPoints: [join(root, "src/cli.ts")],
    outfile: join(outdir, "cli.js"),
    format: "cjs",
    define: { "import.meta.dirname": "__dirname" },
  });
  const parts = await programParts(root);
  for (const [part, text] of parts) await writeFile(join(outdir, `${part}.js`), text);
  await writeFile(join(outdir, "package.json"), '{ "type": "commonjs" }\n');
  const warmUp = join(root, "scripts/compile-ahead.mjs");
  const compiled = execFileSync(process.execPath, [warmUp, outdir], { encoding: "utf8" }).trim().split("\n");
  const help = execFileSync(process.execPath, [join(outdir, "cli.js"), "help", "--no-color"], { encoding: "utf8" });
  await writeFile(join(outdir, "help.txt"), help);
  const names = [...parts.keys()].map((part) => `${part}.js`);
  await removeOthers(outdir, new Set(["cli.js", ...names, "package.json", "help.txt", ...compiled]));
}

/** What earlier builds left. */
async function removeOthers(outdir, kept) {
  for (const name of await readdir(outdir)) {
    if (!kept.has(name)) await rm(join(outdir, name), { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await bundle(join(root, "dist"));
  process.stdout.write("built dist/\n");
}
