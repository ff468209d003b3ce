import { describe, expect, it } from "vitest";
import type { ApplyDocument, StatusDocument } from "../../../src/app/app.js";
import type { LimaformEvent } from "../../../src/events/event.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { eventsIn, until } from "../../support/e2e-limaform.js";

const BOTH = [worker(1), worker(2)];

export function rolling(fleet: () => Fleet): void {
  describe("a new golden image", () => {
    it("reaches the workers one after another: one is ready at every instant, and never are there more than two", async () => {
      const { json, start, scratch, edit, list } = fleet();
      await edit("echo first", "echo second");
      expect((await json<Plan>(0, "plan")).summary).toMatchObject({ create: 1, replace: 2, push: 2, delete: 0 });

      const events = scratch("rolling.ndjson");
      const rolling = start("apply", "--yes", "--json", "--events", events);
      let isOver = false;
      const ended = rolling.ended.finally(() => {
        isOver = true;
      });
      const seen: (readonly string[])[] = [];
      await until(
        "the roll is over",
        () => {
          seen.push(workersIn(list()));
          return isOver;
        },
        1_000_000,
      );
      const { code, stdout, stderr } = await ended;
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect((JSON.parse(stdout) as ApplyDocument).verdict).toBe("done");

      expect(Math.max(...seen.map((names) => names.length))).toBe(2);
      expect(Math.min(...seen.map((names) => names.length))).toBe(1);
      expect(Math.min(...readyCounts(eventsIn(events)))).toBe(1);
    });

    it("is in every worker afterwards, and the one before it is kept", async () => {
      const { json, expect: run, inside, list, repository } = fleet();
      const head = await repository.git("rev-parse", "HEAD");
      for (const slot of [1, 2]) {
        expect(await inside(slot, "sh", "-c", "cat ~/e2e-synced; git rev-parse HEAD~0")).toContain("second");
        expect(await inside(slot, "git", "merge-base", "HEAD", head)).toBe(head);
      }
      expect(list().filter(({ name }) => name.startsWith("e2e-golden-"))).toHaveLength(2);
      const { workers } = await json<StatusDocument>(0, "status");
      expect(workers.map(({ stale }) => stale)).toEqual([false, false]);
      await run(0, "drift");
      await run(0, "plan", "--detailed-exitcode");
    });

    it("can be taken back without a build: the plan uses the image that was kept", async () => {
      const { json, edit, expect: run } = fleet();
      await edit("echo second", "echo first");
      const plan = await json<Plan>(0, "plan");
      expect(plan.applicable).toBe(true);
      expect(plan.summary).toMatchObject({ create: 0, replace: 2, delete: 0 });
      await edit("echo first", "echo second");
      await run(0, "plan", "--detailed-exitcode");
    });
  });
}

const workersIn = (listed: ReturnType<Fleet["list"]>): readonly string[] =>
  listed.map(({ name }) => name).filter((name) => name.includes("-worker-"));

/** How many workers are ready after each event: from the end of a start to the beginning of what takes it away. */
function readyCounts(events: readonly LimaformEvent[]): readonly number[] {
  const ready = new Set(BOTH);
  return events.map((event) => {
    if (event.type === "apply.step.started" && event.address.startsWith("worker.") && event.verb !== "start") {
      ready.delete(event.instance);
    }
    if (event.type === "apply.step.completed" && event.address.startsWith("worker.") && event.verb === "start") {
      ready.add(event.instance);
    }
    return ready.size;
  });
}
