/*
 * Runs some commands of a fresh bundle in one process and keeps what V8 compiled for them, so that no later start compiles
 * it again. Prints the name of the file. It is only good for the same V8, which is in the name.
 *
 * usage: node scripts/compile-ahead.mjs DIST
 */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { constants, Script } from "node:vm";

const dist = resolve(process.argv[2] ?? "dist");
const file = join(dist, "limaform.cjs");
const name = `limaform-${process.versions.v8}-${process.arch}.bin`;

process.env.OCLIF_DISABLE_ENGINE_WARNING = "1";
/* The same text as cli.ts makes of it: V8 takes its compiled code for this text only. */
const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "latin1")}\n})`;
const script = new Script(text, { filename: file, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));

const folder = await mkdtemp(join(tmpdir(), "limaform-build-"));
const write = [process.stdout.write, process.stderr.write];
try {
  await writeFile(join(folder, "limaform.toml"), 'project = "build"\n');
  process.chdir(folder);
  process.env.LIMA_HOME = join(folder, "lima");
  process.stdout.write = () => true;
  process.stderr.write = () => true;
  // No limactl is needed: without one these end with an error, after nearly all of their start.
  for (const line of ["config", "validate --json", "plan", "list", "plan --unknown"])
    await module.exports.main(line.split(" "));
} finally {
  [process.stdout.write, process.stderr.write] = write;
  process.chdir(dist);
  await rm(folder, { recursive: true });
}
writeFileSync(join(dist, name), script.createCachedData());
process.stdout.write(`${name}\n`);
// A signal handler or a timer of the program must not keep the build waiting.
process.exit(0);
