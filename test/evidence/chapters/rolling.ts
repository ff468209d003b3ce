import { describe, expect, it } from "vitest";
import type { StatusDocument } from "../../../src/app/app.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { startAndSample } from "../../support/e2e-roll.js";

export function rolling(fleet: () => Fleet): void {
  describe("a new golden image", () => {
    it("reaches the workers one after another: one is ready at every instant, and never are there more than two", async () => {
      const { json, edit } = fleet();
      await edit("echo first", "echo second");
      expect((await json<Plan>(0, "plan")).summary).toMatchObject({ create: 1, replace: 2, push: 2, delete: 0 });

      const { document, most, fewest, leastReady } = await startAndSample(fleet(), [worker(1), worker(2)]);
      expect(document.verdict).toBe("done");
      expect({ most, fewest, leastReady }).toEqual({ most: 2, fewest: 1, leastReady: 1 });
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
