import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DriftDocument, SyncDocument } from "../../../src/app/app.js";
import type { ErrorDocument } from "../../../src/events/event.js";
import type { Plan } from "../../../src/plan/document.js";
import type { Fleet } from "../../support/e2e.js";
import { changing } from "../../support/e2e-limactl.js";
import { FILES } from "./sample.js";

const actionsOf = ({ changes }: Plan): readonly string[] =>
  changes.filter(({ action }) => action !== "none").map(({ address, action }) => `${action} ${address}`);

const PUSHES = ["push binding.default[1]", "push binding.default[2]"];

export function codeGoesIn(fleet: () => Fleet): void {
  describe("the code of the host", () => {
    it("goes in with its uncommitted files, as part of the base and without what looks secret", async () => {
      const { repository, json, expect: run, inside } = fleet();
      await repository.write("draft.txt", "not committed\n");
      await repository.write("README.md", "# project\nchanged\n");
      await repository.write("local/ignored.txt", "ignored\n");
      await repository.write(".env.local", "TOKEN=not-for-workers\n");
      expect(actionsOf(await json<Plan>(0, "plan"))).toEqual(PUSHES);
      await run(2, "plan", "--detailed-exitcode");
      expect((await json<DriftDocument>(0, "drift")).items).toEqual([]);
      await run(0, "apply", "--yes");
      const head = await repository.git("rev-parse", "HEAD");
      for (const slot of [1, 2]) {
        expect(await inside(slot, "cat", "draft.txt", "README.md")).toBe("not committed\n# project\nchanged");
        expect(await inside(slot, "git", "status", "--porcelain")).toBe("");
        expect(await inside(slot, "git", "rev-parse", "refs/limaform/base", "HEAD~1")).toMatch(
          new RegExp(`^[0-9a-f]{40}\n${head}$`),
        );
        expect(await inside(slot, "sh", "-c", "ls -A")).not.toMatch(/\.env|local/);
      }
      await run(0, "plan", "--detailed-exitcode");
    });

    it("goes in again after a commit, by a saved plan, which is applied once", async () => {
      const { repository, json, expect: run, inside, scratch } = fleet();
      const head = await repository.commit("Take the draft in");
      const saved = scratch("next.plan");
      expect(actionsOf(await json<Plan>(0, "plan", "--out", saved))).toEqual(PUSHES);
      await run(0, "apply", saved);
      expect((await json<ErrorDocument>(1, "apply", saved)).code).toBe("STALE_ALREADY_APPLIED");
      for (const slot of [1, 2]) expect(await inside(slot, "git", "rev-parse", "HEAD")).toBe(head);
      await run(0, "plan", "--detailed-exitcode");
    });

    it("stays out of a worker that has work of its own; what cannot be saved keeps it from being destroyed or replaced", async () => {
      const { repository, lima, json, expect: run, inside } = fleet();
      // Larger than a save takes.
      await inside(1, "sh", "-c", "mkdir local && echo mine > local/mine.txt && truncate -s 600M local/large");
      await repository.write("more.txt", "more\n");
      const head = await repository.commit("More");
      const plan = await json<Plan>(0, "plan");
      expect(actionsOf(plan)).toEqual(["push binding.default[2]"]);
      const withheld = plan.changes.find(({ address }) => address === "binding.default[1]");
      expect(withheld?.reasons.map(({ code }) => code)).toEqual(["push_withheld_has_work"]);
      await run(0, "drift");

      await lima.forget();
      const refused = { code: "PLAN_WORK_AT_RISK", details: { errors: [{ addresses: ["worker.default[1]"] }] } };
      expect(await json(1, "destroy", "--yes")).toMatchObject(refused);
      expect(await json(1, "apply", "--replace", "worker.default[1]", "--yes")).toMatchObject(refused);
      expect(await run(1, "destroy", "--yes")).toContain("PLAN_WORK_AT_RISK");
      expect(changing(await lima.calls())).toEqual([]);

      expect(await inside(1, "cat", "local/mine.txt")).toBe("mine");
      await inside(1, "rm", "-r", "local");
      await run(0, "apply", "--yes");
      for (const slot of [1, 2]) expect(await inside(slot, "git", "rev-parse", "HEAD")).toBe(head);
    });

    it("goes in by sync, too, never over a worker's own commits; files are copied both ways", async () => {
      const { repository, json, expect: run, inside, scratch } = fleet();
      await inside(1, "sh", "-c", "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m mine");
      const head = await repository.commit("Even more");
      const done = await json<SyncDocument>(1, "sync");
      expect(done.workers.map(({ slot, outcome }) => `${slot} ${outcome}`)).toEqual(["1 diverged", "2 updated"]);
      expect(await inside(1, "git", "rev-parse", "refs/limaform/incoming")).toBe(head);
      expect(await inside(2, "git", "rev-parse", "HEAD")).toBe(head);
      await inside(1, "git", "reset", "-q", "--hard", "refs/limaform/incoming");
      const target = scratch("copied");
      await run(0, "cp", join(repository.root, "count.sh"), "1:in/");
      await run(0, "cp", "1:in", target);
      expect(await readFile(join(target, "count.sh"), "utf8")).toBe(FILES["count.sh"]);
      await run(0, "apply", "--yes");
      await run(0, "plan", "--detailed-exitcode");
    });
  });
}
