import { describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../../src/app/app.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { changing } from "../../support/e2e-limactl.js";
import { listingOf } from "../../support/e2e-listing.js";

export function applyTwice(fleet: () => Fleet): void {
  describe("a second apply", () => {
    it("calls limactl for reading only, and leaves LIMA_HOME as it was", async () => {
      const { home, lima, json, expect: run } = fleet();
      const running = [worker(1), worker(2)];
      const before = await listingOf(home, running);
      await lima.forget();
      expect(await json<ApplyDocument>(0, "apply", "--yes")).toMatchObject({ verdict: "done", steps: [] });
      await run(0, "apply");
      const calls = await lima.calls();
      expect(calls.length).toBeGreaterThan(0);
      expect(changing(calls)).toEqual([]);
      expect(await listingOf(home, running)).toEqual(before);
    });

    it("so do plan, drift, status and list", async () => {
      const { home, lima, expect: run } = fleet();
      const running = [worker(1), worker(2)];
      const before = await listingOf(home, running);
      await lima.forget();
      for (const command of ["plan", "drift", "list"]) await run(0, command);
      expect(await run(0, "status")).toMatch(/1 +e2e-worker-1 +running/);
      expect(changing(await lima.calls())).toEqual([]);
      expect(await listingOf(home, running)).toEqual(before);
    });
  });
}
