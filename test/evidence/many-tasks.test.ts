import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResultsDocument, RunDocument, RunsDocument } from "../../src/app/app.js";
import { FILES, writeSpec } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet, worker } from "../support/e2e.js";
import { end } from "../support/e2e-guard.js";
import { until } from "../support/e2e-limaform.js";

/*
 * Forty quick tasks on four small workers, each with a fate of its own by chance. Its limaform is killed on the way, and so
 * is one of the VMs.
 */

const COUNT = 40;
const SLOTS = [1, 2, 3, 4];
type Fate = "well" | "exit" | "signal" | "late";
const FATES: readonly Fate[] = ["well", "well", "well", "well", "well", "well", "exit", "exit", "signal", "late"];

/** `begun` outlasts a power cut and counts how often each task began. */
const WORK = `echo "$LIMAFORM_TASK" >> ~/begun; sync ~/begun
echo "$LIMAFORM_PROMPT" > task.txt; git add -A; git -c user.name=T -c user.email=t@t commit -qm "$LIMAFORM_TASK"
case $LIMAFORM_PROMPT in exit) exit 4 ;; signal) kill -KILL $$ ;; late) sleep 600 ;; esac`;

describe("forty tasks on four workers", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeSpec(fleet);
    await fleet.edit("workers = 2 # both of them", "workers = 4");
    await fleet.edit('memory = "768MiB"', 'memory = "512MiB"');
    await fleet.repository.commit("Ask for four workers");
    await fleet.expect(0, "apply", "--yes");
  });
  afterAll(() => fleet?.close());

  const newest = async () => (await fleet.json<RunsDocument>(0, "runs", "list")).runs[0];
  const endedOf = (counts: Readonly<Record<string, number>>) => (counts.done ?? 0) + (counts.failed ?? 0);

  it("end in one state each, none lost, none twice, though limaform and a VM are killed on the way", async () => {
    const seed = Date.now() % 2 ** 31;
    const fates = fc.sample(fc.constantFrom(...FATES), { numRuns: COUNT, seed });
    console.log(`seed ${seed}: ${fates.join(" ")}`);
    const file = fleet.scratch("tasks.txt");
    await writeFile(file, fates.map((fate) => `${fate}\n`).join(""));
    const startedMs = performance.now();
    const argv = ["run", "--tasks", file, "--timeout", "60s", "--", "sh", "-c", WORK];
    const running = fleet.start(...argv);
    await until("ten have ended", async () => endedOf((await newest())?.counts ?? {}) >= 10, 600_000);
    running.signalGroup("SIGKILL");
    await running.ended;
    end(Number(readFileSync(join(fleet.home, worker(4), "qemu.pid"), "utf8")));
    const run = String((await newest())?.run);
    // Three go on; what the fourth had is not known yet.
    await fleet.expect(1, "runs", "attach", run);
    await fleet.expect(0, "apply", "--yes");
    await fleet.expect(1, "runs", "attach", run);
    const document = await fleet.json<RunDocument>(0, "runs", "show", run);
    console.log(
      `forty tasks: ${Math.round((performance.now() - startedMs) / 1000)} s, the repair of a worker included`,
    );

    const ids = fates.map((_, index) => `t${index + 1}`);
    expect(document.workers.map(({ task }) => task)).toEqual(ids);
    const hit = document.workers.filter(({ failure, state }) => failure === "guest_lost" || state === "lost");
    // At most the one that the fourth worker had; it had none where it died between two.
    expect(hit.length).toBeLessThanOrEqual(1);
    for (const [index, part] of document.workers.entries()) {
      if (hit.includes(part)) continue;
      expect({ fate: fates[index], ...ending(part) }).toEqual({ fate: fates[index], ...ENDS[fates[index] ?? "well"] });
    }
    const begun = await Promise.all(SLOTS.map((slot) => fleet.inside(slot, "sh", "-c", "cat ~/begun || :")));
    const starts = begun.flatMap((text) => text.split("\n")).filter((line) => line !== "");
    expect([...starts].sort()).toEqual([...new Set(starts)].sort());
    const lost = ids.filter((id) => !starts.includes(id));
    expect(hit.map(({ task }) => task)).toEqual(expect.arrayContaining(lost));

    const { results } = await fleet.json<ResultsDocument>(0, "results", "list");
    const ofRun = results.filter((result) => result.run === run).map(({ id }) => id);
    expect(new Set(ofRun).size).toBe(ofRun.length);
    for (const id of ids) {
      if (!hit.some(({ task }) => task === id)) expect(ofRun).toContain(`${run}/${id}`);
    }
    const { counts = {}, uncollected, state } = (await newest()) ?? {};
    expect({ ended: endedOf(counts) + (counts.lost ?? 0), uncollected, state }).toEqual({
      ...{ ended: COUNT, uncollected: 0, state: "failed" },
    });
    console.log(
      `states: ${JSON.stringify(counts)}; of the killed VM: ${hit.map((part) => `${part.task} ${part.text}`)}`,
    );
  });
});

const ending = ({ state, failure, exitCode, commits }: RunDocument["workers"][number]) => ({
  ...{ state, failure, exitCode, commits },
});

const ENDS: Readonly<Record<Fate, ReturnType<typeof ending>>> = {
  well: { state: "done", failure: null, exitCode: 0, commits: 1 },
  exit: { state: "failed", failure: "agent_error", exitCode: 4, commits: 1 },
  signal: { state: "failed", failure: "agent_error", exitCode: 137, commits: 1 },
  late: { state: "failed", failure: "timeout", exitCode: null, commits: 1 },
};
