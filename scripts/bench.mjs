/*
 * Runs what is in bench/, one after another, and prints each one's table: goal, found, met.
 *
 * usage: node scripts/bench.mjs [--only NAME]… [--quick] [--strict]
 *   --only NAME  one bench (may be repeated); --quick: few repeats, for a look; --strict: ends with 1 when a goal is missed.
 * Ends with 1, too, when a bench could not be run.
 */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { table } from "../bench/lib/figures.mjs";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "bench");
const all = (await readdir(folder)).flatMap((file) => (file.endsWith(".mjs") ? [file.slice(0, -".mjs".length)] : []));
const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
  },
});
const unknown = values.only.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no such bench: ${unknown.join(", ")}; there are: ${all.sort().join(", ")}\n`);
  process.exit(64);
}

const missed = [];
const failed = [];
for (const name of all.sort().filter((name) => values.only.length === 0 || values.only.includes(name))) {
  const { bench } = await import(pathToFileURL(join(folder, `${name}.mjs`)).href);
  process.stdout.write(`=== ${name}: ${bench.title}\n`);
  try {
    const rows = await bench.run({ quick: values.quick });
    process.stdout.write(`${table(rows)}\n`);
    missed.push(...rows.filter(({ isMet }) => !isMet).map((row) => `${name}: ${row.name}`));
  } catch (error) {
    process.stdout.write(`  could not be run: ${error instanceof Error ? error.message : error}\n\n`);
    failed.push(name);
  }
}
if (failed.length > 0) process.stdout.write(`Could not be run: ${failed.join(", ")}\n`);
process.stdout.write(
  missed.length === 0 ? "No goal was missed.\n" : `Missed:\n${missed.map((text) => `  ${text}\n`).join("")}`,
);
process.exitCode = failed.length > 0 || (values.strict && missed.length > 0) ? 1 : 0;
