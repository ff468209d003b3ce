/*
 * One size and one case of the planner, in a process of its own, so that neither the heap nor the peak of another is in
 * its figures. Prints one JSON document.
 *
 * usage: node bench/lib/planner-child.mjs SOURCES WORKERS no-change|replace-all ROUNDS
 */
import { load } from "./sources.mjs";

const [file = "", workersText, sort, roundsText] = process.argv.slice(2);
const { builders, compile, decideAll, groupInstances, makePlan, orderSteps } = await load(file);
const workers = Number(workersText);

// With a hook of the code, its lock files are an input of the golden image.
const spec = builders.specOf('workers = 1\n[hooks]\npost_sync = "true"\n');
const wanted = { ...spec, values: { ...spec.values, workers } };
const { tools, golden } = builders.imagesOf(wanted);
const worker = (_, index) => builders.workerOf(index + 1, golden);
const options = { targets: [], replaces: [], discardWork: [] };
const world = builders.worldOf([tools, golden, ...Array.from({ length: workers }, worker)]);
// The one change that reaches every worker: another golden image is wanted.
const sources =
  sort === "no-change"
    ? builders.sourcesOf()
    : builders.sourcesOf({ imageInputs: [{ path: "package-lock.json", blob: "other" }] });
// Guests were asked and hold nothing, as they are by the time of the final plan.
const nothing = { kind: "known", items: [] };
const work = Object.fromEntries(world.instances.map(({ name }) => [name, nothing]));
const text = JSON.stringify({ ...world, work });

const seconds = { parse: [], compile: [], core: [], whole: [] };
let counts = { changes: 0, steps: 0 };
for (let round = 0; round <= Number(roundsText); round += 1) {
  const [parsed, parse] = timed(() => JSON.parse(text));
  const input = builders.planInput({ spec: wanted, sources, options, world: parsed });
  const [graph, compiled] = timed(() => compile(input));
  const [, core] = timed(() => {
    const { decisions } = decideAll(input, graph, groupInstances(input));
    return orderSteps(decisions, input.rules, input.spec);
  });
  // A world of its own: what is remembered of facts that never change must not be there already.
  const [{ plan }, whole] = timed(() => makePlan({ ...input, world: JSON.parse(text) }));
  counts = { changes: plan.changes.filter(({ action }) => action !== "none").length, steps: plan.steps.length };
  if (round > 0)
    for (const [name, taken] of Object.entries({ parse, compile: compiled, core, whole: whole - parse }))
      seconds[name].push(taken);
}
const peakBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(`${JSON.stringify({ seconds, ...counts, peakBytes, worldBytes: text.length })}\n`);

function timed(work) {
  globalThis.gc?.();
  const startedMs = performance.now();
  const result = work();
  return [result, (performance.now() - startedMs) / 1000];
}
