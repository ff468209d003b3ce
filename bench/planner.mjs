/*
 * What the pure planner costs, against `JSON.parse` of the same world in the same process: for a fleet in which nothing
 * changes and for one in which every worker is replaced. The spec's limit of 500 workers does not bind it.
 *
 * `index + diff + order` sorts the instances, decides about every address and orders the steps; what the spec wants is
 * compiled before, and stated by itself. The whole plan has all of it, and the document with its fingerprints, risks and
 * problems. The growth is of the whole plan from 10,000 workers to 100,000.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, ratio, row } from "./lib/figures.mjs";
import { withBundle } from "./lib/sources.mjs";

const CHILD = fileURLToPath(new URL("lib/planner-child.mjs", import.meta.url));
const SOURCES = `
  export * as builders from "./test/support/builders.ts";
  export { compile } from "./src/plan/compile.ts";
  export { decideAll } from "./src/plan/decide.ts";
  export { groupInstances } from "./src/plan/group.ts";
  export { makePlan } from "./src/plan/make-plan.ts";
  export { orderSteps } from "./src/plan/steps.ts";
`;
const SMALL = 10_000;
const LARGE = 100_000;
const GOALS = { core: 4, whole: 12, growth: 30 };
const MIB = 1024 ** 2;

export const bench = {
  name: "planner",
  title: "the pure planner on 100,000 workers : JSON.parse of the same world",
  run: ({ quick }) =>
    withBundle(SOURCES, async (file) =>
      ["no-change", "replace-all"].flatMap((sort) => rowsOf(file, sort, quick ? 2 : 5)),
    ),
};

function rowsOf(file, sort, rounds) {
  const small = measure(file, SMALL, sort, rounds);
  const large = measure(file, LARGE, sort, rounds);
  if (large.changes < (sort === "no-change" ? 0 : LARGE)) throw new Error(`${sort}: only ${large.changes} changes`);
  const growth = median(large.seconds.whole) / median(small.seconds.whole);
  const peak = large.peakBytes / large.worldBytes;
  return [
    row(`${sort}: index + diff + order`, ratio(large.seconds.core, large.seconds.parse), GOALS.core),
    row(`${sort}: compiling the spec`, ratio(large.seconds.compile, large.seconds.parse)),
    row(
      `${sort}: the whole plan`,
      ratio(large.seconds.whole, large.seconds.parse),
      GOALS.whole,
      `${large.steps} steps`,
    ),
    row(`${sort}: growth 10,000 to 100,000`, growth, GOALS.growth),
    row(
      `${sort}: peak memory : the world as JSON`,
      peak,
      null,
      `${Math.round(large.peakBytes / MIB)} MiB, Node's own and the text with it`,
    ),
  ];
}

function measure(file, workers, sort, rounds) {
  const args = ["--expose-gc", "--max-old-space-size=6144", CHILD, file, String(workers), sort, String(rounds)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 1_800_000 }));
}
