/*
 * Runs what is in bench/, one after another. Ends with 1 when one of them misses its goals.
 *
 * usage: node scripts/bench.mjs [NAME…]
 */
import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "bench");
const all = (await readdir(folder))
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -".mjs".length));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no such bench: ${unknown.join(", ")}; there are: ${all.join(", ")}\n`);
  process.exit(64);
}

const failed = [];
for (const name of all.sort().filter((name) => wanted.length === 0 || wanted.includes(name))) {
  process.stdout.write(`=== ${name}\n`);
  const { status } = spawnSync(process.execPath, [join(folder, `${name}.mjs`)], { stdio: "inherit" });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) process.stdout.write(`Missed or failed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
