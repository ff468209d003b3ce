/*
 * Runs the long proofs of test/evidence: what takes too long for `make test`. One after another, each with hours.
 *
 * usage: node scripts/evidence.mjs [-t NAME] [FILTER…]     NAME: a part of the tests' names
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";

const HOURS_MS = 3 * 60 * 60_000;

const options = { "test-name": { type: "string", short: "t" } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const vitest = await startVitest("test", positionals, {
  ...(values["test-name"] === undefined ? {} : { testNamePattern: new RegExp(values["test-name"], "u") }),
  root: dirname(dirname(fileURLToPath(import.meta.url))),
  config: false,
  watch: false,
  include: ["test/evidence/**/*.test.ts"],
  fileParallelism: false,
  maxWorkers: 1,
  testTimeout: HOURS_MS,
  hookTimeout: HOURS_MS,
  reporters: ["verbose"],
  passWithNoTests: true,
});
await vitest.close();
