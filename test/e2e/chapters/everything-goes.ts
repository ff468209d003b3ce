import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import type { ApplyDocument, DriftDocument } from "../../../src/app/app.js";
import { type Fleet, PROJECT } from "../../support/e2e.js";
import { processesOf } from "../../support/e2e-guard.js";
import { until } from "../../support/e2e-limaform.js";

export function everythingGoes(fleet: () => Fleet): void {
  describe("destroy", () => {
    it("leaves no instance, no base disk, no temporary file and no process", async () => {
      const { home, json, list } = fleet();
      expect((await json<ApplyDocument>(0, "destroy", "--yes")).verdict).toBe("done");
      expect(list()).toEqual([]);
      expect((await readdir(home)).sort()).toEqual(["_config", "_limaform"]);
      // A process that was killed may take a moment to leave the table.
      await until("no process is left", () => processesOf(home).length === 0, 20_000);
      const state = join(home, "_limaform", PROJECT);
      const files = await readdir(state, { recursive: true, withFileTypes: true });
      const left = files
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(state, join(parentPath, name)));
      expect(left.filter((file) => /qcow2|\.tmp|^(bases|tmp|scratch|lock)/.test(file))).toEqual([]);
    });

    it("has nothing to do the second time, and leaves nothing that could drift", async () => {
      const { json, expect: run } = fleet();
      await run(0, "destroy");
      expect((await json<DriftDocument>(0, "drift")).items).toEqual([]);
    });
  });
}
