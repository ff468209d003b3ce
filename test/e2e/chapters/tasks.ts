import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { ResultsDocument, RunDocument, RunsDocument } from "../../../src/app/app.js";
import type { Fleet } from "../../support/e2e.js";

const TASKS = [1, 2, 3, 4, 5, 6].map((number) => `t${number}`);
/** Every third fails after its commit. */
const WORK = `echo "$LIMAFORM_PROMPT" > task.txt; git add -A; git -c user.name=T -c user.email=t@t commit -qm "$LIMAFORM_TASK"
case $LIMAFORM_TASK in t3 | t6) exit 4 ;; esac`;

export function tasks(fleet: () => Fleet): void {
  describe("more tasks than workers", () => {
    it("end in one state each, none lost, none twice, each from the same base", async () => {
      const file = fleet().scratch("tasks.txt");
      await writeFile(file, TASKS.map((id) => `the prompt of ${id}\n`).join(""));
      const document = await fleet().json<RunDocument>(1, "run", "--tasks", file, "--", "sh", "-c", WORK);
      expect(document, JSON.stringify(document)).toMatchObject({ format: "limaform.run" });
      const ended = document.workers.map(({ task, state, exitCode, commits }) => ({ task, state, exitCode, commits }));
      expect(ended).toEqual(
        TASKS.map((task) => {
          const isBad = task === "t3" || task === "t6";
          return { task, state: isBad ? "failed" : "done", exitCode: isBad ? 4 : 0, commits: 1 };
        }),
      );
      expect(new Set(document.workers.map(({ slot }) => slot))).toEqual(new Set([1, 2]));
      const { results } = await fleet().json<ResultsDocument>(0, "results", "list");
      const ofRun = results.filter(({ run }) => run === document.run).map(({ id }) => id);
      expect([...ofRun].sort()).toEqual(TASKS.map((task) => `${document.run}/${task}`));
      const { runs } = await fleet().json<RunsDocument>(0, "runs", "list");
      expect(runs[0]).toMatchObject({ run: document.run, counts: { done: 4, failed: 2 }, uncollected: 0 });
    });

    it("with a check that fails is done and not passed, by exit code 1", async () => {
      await fleet().edit("[hooks]", '[hooks]\ncheck = "test -e never"');
      const document = await fleet().json<RunDocument>(1, "run", "--workers", "1", "--", "true");
      expect(document, JSON.stringify(document)).toMatchObject({ format: "limaform.run" });
      expect(document.workers).toMatchObject([{ state: "done", exitCode: 0, passed: false, checkExitCode: 1 }]);
      await fleet().edit('[hooks]\ncheck = "test -e never"', "[hooks]");
    });
  });
}
