/*
 * Runs the long proofs of test/evidence: what takes too long for `make test`. One after another, each with hours.
 *
 * usage: node scripts/evidence.mjs [FILTER…]
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";

const HOURS_MS = 3 * 60 * 60_000;

const vitest = await startVitest("test", process.argv.slice(2), {
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
