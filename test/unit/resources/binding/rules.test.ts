import { describe, expect, it } from "vitest";
import type { Plan } from "../../../../src/plan/document.js";
import { makePlan } from "../../../../src/plan/make-plan.js";
import type { InstanceFacts } from "../../../../src/resources/kind.js";
import type { WorkFinding, WorkItem } from "../../../../src/world/world.js";
import {
  binding,
  HEAD,
  heldWorkerOf,
  imagesOf,
  NO_REPOSITORY,
  planInput,
  planOn,
  sourcesOf,
  specOf,
  worker,
  workerOf,
  worldOf,
} from "../../../support/builders.js";
import { oldGolden } from "../../../support/fake-world-cases.js";

const { tools, golden } = imagesOf();
const LATER = sourcesOf({ head: "4".repeat(40) });
const EDIT: WorkItem = { kind: "uncommitted", count: 2, bytes: 10, examples: [] };
const known = (...items: readonly WorkItem[]): WorkFinding => ({ kind: "known", items });

function plan(object: InstanceFacts, finding: WorkFinding | null, changes: Parameters<typeof planOn>[0] = {}): Plan {
  const work = finding === null ? {} : { [object.name]: finding };
  return planOn({ sources: LATER, world: worldOf([tools, golden, object], { work }), ...changes });
}

/** `action reason` of the binding. */
function pushOf(made: Plan): string {
  const [change] = made.changes.filter(({ address }) => address === binding(1));
  return [change?.action ?? "no change", ...(change?.reasons ?? []).map(({ code }) => code)].join(" ");
}

describe("code in a worker", () => {
  it("is left alone while commit and carried files are the same", () => {
    expect(pushOf(plan(workerOf(1, golden), null, { sources: sourcesOf() }))).toBe("none");
  });

  it("is pushed when the commit or the carried files changed and the worker has no work", () => {
    const carried = sourcesOf({ carried: { digest: "d1", count: 2, bytes: 9, keptOut: [] } });
    expect(pushOf(plan(workerOf(1, golden), known()))).toBe("push commit_changed");
    expect(pushOf(plan(workerOf(1, golden), known(), { sources: carried }))).toBe("push uncommitted_changed");
  });

  it("carries nothing where repo.uncommitted is false", () => {
    const carried = sourcesOf({ carried: { digest: "d1", count: 2, bytes: 9, keptOut: [] } });
    const spec = specOf("repo.uncommitted = false");
    expect(pushOf(plan(workerOf(1, golden), known(), { sources: carried, spec }))).toBe("none");
  });

  it("is not decided before the guest was asked", () => {
    const world = worldOf([tools, golden, workerOf(1, golden)]);
    expect(makePlan(planInput({ sources: LATER, world })).asks).toEqual(["app-worker-1"]);
  });

  it("is withheld from a worker that has work, which is no change", () => {
    const made = plan(workerOf(1, golden), known(EDIT));
    expect(pushOf(made)).toBe("none push_withheld_has_work");
    expect(made.steps).toEqual([]);
    expect(made.applicable).toBe(true);
  });

  it("is withheld where it is unknown whether there is work", () => {
    expect(pushOf(plan(workerOf(1, golden), { kind: "unknown", text: "no answer" }))).toBe(
      "none push_withheld_unknown",
    );
    expect(pushOf(plan(workerOf(1, golden, { facts: { status: "stopped" } }), null))).toBe(
      "none push_withheld_unknown",
    );
  });

  it("is pushed into a stopped worker once it runs, where its stop found no work", () => {
    const made = plan(workerOf(1, golden, { facts: { status: "stopped" } }), known());
    expect(pushOf(made)).toBe("push commit_changed");
    expect(made.steps.find(({ verb }) => verb === "push")?.after).toEqual([`start:${worker(1)}`]);
  });

  it("waits for a worker that is held", () => {
    expect(pushOf(plan(heldWorkerOf(1, golden), known()))).toBe("none worker_held");
  });

  it("goes into every new worker after it is ready, without a question", () => {
    const made = plan(workerOf(1, oldGolden), known(), { sources: sourcesOf() });
    expect(pushOf(made)).toBe("push new_worker");
    const [step] = made.steps.filter(({ verb }) => verb === "push");
    expect(step).toMatchObject({ after: [`start:${worker(1)}`], inputs: { isFresh: true, commit: HEAD } });
    expect(made.changes.find(({ address }) => address === binding(1))?.before).toBeNull();
  });

  it("goes into a worker whose first boot was cut off, because nobody worked in it", () => {
    const cut = workerOf(1, golden, { facts: { status: "stopped", readyAt: null, lastPush: null } });
    expect(pushOf(plan(cut, null))).toBe("push new_worker");
    const bigger = { spec: specOf('vm.memory = "8GiB"') };
    expect(pushOf(plan(cut, null, bigger))).toBe("push new_worker");
  });

  it("is nothing outside a repository and on a branch without a commit", () => {
    for (const sources of [NO_REPOSITORY, sourcesOf({ head: null })])
      expect(pushOf(plan(workerOf(1, golden), known(), { sources }))).toBe("no change");
  });

  it("pins commit and carried files in the plan", () => {
    const carried = sourcesOf({ carried: { digest: "d1", count: 2, bytes: 9, keptOut: [] } });
    const made = plan(workerOf(1, golden), known(), { sources: carried });
    expect(made.steps[0]?.inputs).toMatchObject({
      commit: HEAD,
      branch: "main",
      carriedDigest: "d1",
      carriedCount: 2,
      guestPath: "~/app",
      root: "/repo",
      isFresh: false,
    });
  });
});
