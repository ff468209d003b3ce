/*
 * Runs some commands of a fresh build in one process and keeps what V8 compiled for each of its parts, so that no later start
 * compiles it again. Prints the names of the files. They are only good for the same V8, which is in their names.
 *
 * usage: node scripts/compile-ahead.mjs DIST
 */
import { writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { compiledName, openParts, scriptOf } from "../src/parts.ts";

const dist = resolve(process.argv[2] ?? "dist");
/** By part. */
const scripts = new Map();

process.env.OCLIF_DISABLE_ENGINE_WARNING = "1";
const load = openParts(dist, (file) => {
  const script = scriptOf(file);
  scripts.set(basename(file, ".js"), script);
  return script.runInThisContext();
});
const { main } = load("./main.js");

const folder = await mkdtemp(join(tmpdir(), "limaform-build-"));
const write = [process.stdout.write, process.stderr.write];
try {
  await writeFile(join(folder, "limaform.toml"), 'project = "build"\n');
  process.chdir(folder);
  process.env.LIMA_HOME = join(folder, "lima");
  process.stdout.write = () => true;
  process.stderr.write = () => true;
  // No limactl is needed: without one these end with an error, after nearly all of their start.
  for (const line of ["config", "config --json", "validate --json", "plan", "list", "plan --unknown"])
    await main(line.split(" "));
} finally {
  [process.stdout.write, process.stderr.write] = write;
  process.chdir(dist);
  await rm(folder, { recursive: true });
}
for (const [part, script] of scripts) {
  const name = compiledName(part);
  writeFileSync(join(dist, name), script.createCachedData());
  process.stdout.write(`${name}\n`);
}
// A signal handler or a timer of the program must not keep the build waiting.
process.exit(0);
