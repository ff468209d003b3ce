import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../../src/events/event.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";

export function fewerWorkers(fleet: () => Fleet): void {
  const workers = (): readonly string[] =>
    fleet()
      .list()
      .map(({ name }) => name)
      .filter((name) => name.includes("-worker-"));

  describe("fewer workers", () => {
    it("need --shrink, and then the spec says so with its comments kept", async () => {
      const { repository, json, expect: run } = fleet();
      expect((await json<ErrorDocument>(64, "spawn", "1", "--yes")).code).toBe("USAGE_SHRINK");
      expect(workers()).toEqual([worker(1), worker(2)]);
      await run(0, "spawn", "1", "--shrink", "--yes");
      expect(workers()).toEqual([worker(1)]);
      const spec = await readFile(join(repository.root, "limaform.toml"), "utf8");
      expect(spec).toContain("\nworkers = 1 # both of them\n");
      await run(0, "drift");
      await run(0, "plan", "--detailed-exitcode");
    });

    it("teardown takes the last one and leaves the images", async () => {
      const { json, expect: run, list } = fleet();
      await run(0, "teardown", "--yes");
      expect(workers()).toEqual([]);
      expect(list().map(({ name }) => name.replace(/-[0-9a-f]{8}$/, ""))).toEqual(["e2e-golden", "e2e-tools"]);
      await run(0, "drift");
      expect((await json<Plan>(0, "plan")).summary).toMatchObject({ create: 1, push: 1 });
    });
  });
}
