import { describe, expect, it } from "vitest";
import type { ApplyDocument, StatusDocument } from "../../../src/app/app.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";

const MIB = 1024 ** 2;
const IDENTITY = "cat ~/kept.txt /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub";

/** Holds and sizes. Worker 1 is held while the size changes, so that it boots once for both. */
export function inPlace(fleet: () => Fleet): void {
  const sizes = () =>
    fleet()
      .list()
      .filter(({ name }) => name.includes("-worker-"))
      .map(({ name, status, memory }) => ({ name, status, memory: memory / MIB }));

  describe("a worker that is stopped", () => {
    it("is held: no drift, and apply does not start it", async () => {
      const { json, expect: run } = fleet();
      await run(0, "stop", "1", "--yes");
      await run(0, "drift");
      await run(0, "plan", "--detailed-exitcode");
      expect(await json<ApplyDocument>(0, "apply", "--yes")).toMatchObject({ verdict: "done", steps: [] });
      expect(sizes()[0]).toMatchObject({ name: worker(1), status: "Stopped" });
      const { workers } = await json<StatusDocument>(0, "status");
      expect(workers.map(({ slot, held }) => ({ slot, held }))).toEqual([
        { slot: 1, held: true },
        { slot: 2, held: false },
      ]);
    });

    it("gets its new size like the others, and stays held", async () => {
      const { json, expect: run, inside, edit } = fleet();
      await inside(2, "sh", "-c", "echo kept > ~/kept.txt");
      const before = await inside(2, "sh", "-c", IDENTITY);
      await edit('memory = "768MiB"', 'memory = "896MiB"');
      const plan = await json<Plan>(0, "plan");
      expect(plan.summary).toMatchObject({ update: 2, replace: 0, create: 0, delete: 0 });
      expect((await json<ApplyDocument>(0, "apply", "--yes")).verdict).toBe("done");
      expect(sizes()).toEqual([
        { name: worker(1), status: "Stopped", memory: 896 },
        { name: worker(2), status: "Running", memory: 896 },
      ]);
      expect(await inside(2, "sh", "-c", IDENTITY)).toBe(before);
      expect(Number(await inside(2, "awk", "/MemTotal/ { print $2 }", "/proc/meminfo")) / 1024).toBeGreaterThan(800);
      await run(0, "drift");
      await run(0, "plan", "--detailed-exitcode");
    });

    it("has no shell, which is said with 125, and runs again after start", async () => {
      const { expect: run, inside } = fleet();
      await run(125, "shell", "1", "--", "true");
      await run(0, "start", "1", "--yes");
      expect(sizes()[0]).toEqual({ name: worker(1), status: "Running", memory: 896 });
      expect(await inside(1, "git", "status", "--porcelain")).toBe("");
      await run(0, "drift");
      await run(0, "plan", "--detailed-exitcode");
    });
  });
}
