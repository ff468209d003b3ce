import { describe, expect, it } from "vitest";
import type { DriverPorts } from "../../../src/resources/driver-ports.js";
import type { DriverStep, InstanceFacts } from "../../../src/resources/kind.js";
import { createWorkerDriver } from "../../../src/resources/worker/driver.js";
import type { WorkFinding, WorkItem } from "../../../src/world/world.js";
import { fleetOf, OWNER, PROJECT, planOn, specOf, worker, worldOf } from "../../support/builders.js";

/* The look for work in the step that ends something. */

const EDITS: WorkItem = { kind: "uncommitted", count: 1, bytes: 1, examples: [], savable: true };
const RUN: WorkItem = { kind: "live_run", count: 1, bytes: 0, examples: [] };
const known = (...items: readonly WorkItem[]): WorkFinding => ({ kind: "known", items });
const SILENT: WorkFinding = { kind: "unknown", text: "no answer" };

/** A driver whose worker answers with these findings, one after another; calls are written down. */
function driverOf(findings: readonly WorkFinding[], changes: Partial<InstanceFacts> = {}) {
  const calls: string[] = [];
  const facts = { ...fleetOf().find(({ name }) => name === "app-worker-1"), ...changes } as InstanceFacts;
  const note = (word: string) => async () => void calls.push(word);
  const rest = [...findings];
  const ports = {
    reader: { inspect: async () => facts },
    writer: { delete: note("delete"), stop: note("stop"), edit: note("edit"), setProtected: note("unprotect") },
    disks: { removeUnusedBases: async () => [] },
    work: {
      find: async () => rest.shift() ?? known(),
      save: note("save"),
      noteStopped: async (_name: string, finding: WorkFinding | null) => void calls.push(`note ${finding?.kind}`),
    },
  } as unknown as DriverPorts;
  const run = (step: DriverStep) =>
    createWorkerDriver(ports).run(step, { signal: new AbortController().signal, report: () => {}, log: () => {} });
  return { run, calls };
}

const stepOf = (verb: string, changes: Parameters<typeof planOn>[0]): DriverStep => {
  const step = planOn(changes).steps.find((one) => one.verb === verb);
  if (step === undefined) throw new Error(`no step ${verb}`);
  return step;
};
const world = worldOf(fleetOf(), { work: { "app-worker-1": known(EDITS) } });
const deleting = stepOf("delete", { world, spec: specOf("workers = 0") });
const saving = stepOf("save", { world, spec: specOf("workers = 0") });
const stopping = stepOf("stop", { world, intent: { kind: "stop", addresses: [worker(1)] } });

describe("a step that ends something", () => {
  it("deletes where everything is saved or nothing is there", async () => {
    for (const finding of [known(), known({ ...EDITS, saved: true })]) {
      const { run, calls } = driverOf([finding]);
      await run(deleting);
      expect(calls).toEqual(["delete"]);
    }
  });

  it("keeps a worker that has more than was saved, or that does not answer any more", async () => {
    for (const [finding, code] of [
      [known(EDITS), "WORK_NOT_SAVED"],
      [known({ ...EDITS, saved: true }, RUN), "WORK_NOT_SAVED"],
      [SILENT, "WORK_UNKNOWN"],
    ] as const) {
      const { run, calls } = driverOf([finding], { isProtected: true });
      await expect(run(deleting)).rejects.toMatchObject({
        code,
        hint: expect.stringContaining(`--discard-work '${worker(1)}'`),
      });
      expect(calls).toEqual([]);
    }
  });

  it("does not look where the work was given up by name, and refuses a step that does not say", async () => {
    const { run, calls } = driverOf([known(EDITS)]);
    const { work: _work, ...inputs } = deleting.inputs;
    await expect(run({ ...deleting, inputs })).rejects.toMatchObject({ code: "BUG_INTERNAL" });
    await run({ ...deleting, inputs: { ...deleting.inputs, work: null } });
    expect(calls).toEqual(["delete"]);
  });

  it("stops with files on the disk and notes them, but not what runs", async () => {
    const files = driverOf([known(EDITS)]);
    await files.run(stopping);
    expect(files.calls).toEqual(["stop", "edit", "note known"]);
    for (const finding of [known(RUN), SILENT]) {
      const live = driverOf([finding]);
      await expect(live.run(stopping)).rejects.toMatchObject({ code: expect.stringMatching(/^WORK_/) });
      expect(live.calls).toEqual([]);
    }
  });

  it("leaves the note of a worker alone that was stopped already", async () => {
    const { run, calls } = driverOf([], { status: "stopped" });
    await run(stopping);
    expect(calls).toEqual(["edit"]);
  });

  it("saves what can be saved, and nothing a second time", async () => {
    const first = driverOf([known(EDITS)]);
    await first.run(saving);
    expect(first.calls).toEqual(["save"]);
    const second = driverOf([known({ kind: "uncommitted", count: 1, bytes: 1, examples: [], saved: true })]);
    await second.run(saving);
    expect(second.calls).toEqual([]);
  });

  it("carries what to ask in its inputs, for plans that are applied from a file", () => {
    expect(deleting.inputs).toMatchObject({
      project: PROJECT,
      owner: OWNER,
      work: { hostRoot: "/repo", limitMs: 10_000 },
    });
    expect(saving.inputs).toMatchObject({ why: "delete" });
  });
});
