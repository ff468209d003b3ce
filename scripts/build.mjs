import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { lazyPackages, standIns, whenCalled } from "./lazy-packages.mjs";
import { validatorsAhead } from "./validators-ahead.mjs";

/*
 * Bundles src/ into dist/, which needs no packages beside it: cli.js (the entry), limaform.cjs (everything else; each
 * command is evaluated only when it is run), V8's compiled code for it, and the root help that the entry answers at once.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const common = { absWorkingDir: root, bundle: true, platform: "node", target: "node22", logLevel: "warning" };

export async function bundle(outdir) {
  await build({
    ...common,
    entryPoints: [join(root, "src/cli.ts")],
    outfile: join(outdir, "cli.js"),
    format: "cjs",
    define: { "import.meta.dirname": "__dirname" },
  });
  // CommonJS, because V8 can keep compiled functions of a script, but not of a module.
  await build({
    ...common,
    stdin: { contents: 'export { main } from "./src/commands/main.js";', resolveDir: root, loader: "ts" },
    outfile: join(outdir, "limaform.cjs"),
    format: "cjs",
    plugins: [lazyPackages, standIns, whenCalled, validatorsAhead],
  });
  await writeFile(join(outdir, "package.json"), '{ "type": "commonjs" }\n');
  const warmUp = join(root, "scripts/compile-ahead.mjs");
  const compiled = execFileSync(process.execPath, [warmUp, outdir], { encoding: "utf8" }).trim();
  const help = execFileSync(process.execPath, [join(outdir, "cli.js"), "help", "--no-color"], { encoding: "utf8" });
  await writeFile(join(outdir, "help.txt"), help);
  await removeOthers(outdir, new Set(["cli.js", "limaform.cjs", "package.json", "help.txt", compiled]));
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
