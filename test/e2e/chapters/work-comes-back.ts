import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ResultDocument, ResultsDocument, RunDocument } from "../../../src/app/app.js";
import type { ErrorDocument } from "../../../src/events/event.js";
import { type Fleet, worker } from "../../support/e2e.js";

/* Quoted for the worker's shell: the host must not read it. */
const WRITE =
  'echo "by $(hostname)" > by.txt && git add -A && git commit -qm "By $(hostname)" && echo said && echo sighed >&2';
const RISKY = "mkdir -p .github/workflows && echo 'on: push' > .github/workflows/ci.yml && exit 3";

export function workComesBack(fleet: () => Fleet): void {
  let first = "";
  let second = "";

  describe("a command on the workers", () => {
    it("runs on all of them, and what it said and made is on the host, apart from the repository", async () => {
      const { repository, json } = fleet();
      const before = await stateOf(fleet());
      const document = await json<RunDocument>(0, "run", "--", "sh", "-c", WRITE);
      first = document.run;
      expect(document.verdict).toBe("done");
      expect(document.workers).toMatchObject(
        [1, 2].map((slot) => {
          const result = `${first}/${slot}`;
          return { slot, instance: worker(slot), state: "done", exitCode: 0, result, commits: 1, error: null };
        }),
      );
      for (const { output } of document.workers) {
        expect(readFileSync(join(output, "stdout.log"), "utf8")).toBe("said\n");
        expect(readFileSync(join(output, "stderr.log"), "utf8")).toBe("sighed\n");
      }
      const { results } = await json<ResultsDocument>(0, "results", "list");
      expect(results.map(({ id, flagged }) => ({ id, flagged }))).toEqual(
        [1, 2].map((slot) => ({ id: `${first}/${slot}`, flagged: [] })),
      );
      expect(await stateOf(fleet())).toEqual(before);
      expect(await repository.git("branch", "--list", "limaform/*")).toBe("");
    });

    it("comes back as a branch when its result is accepted, in one commit by the user", async () => {
      const { repository, json, expect: run } = fleet();
      const before = await stateOf(fleet());
      const { changes } = await json<ResultDocument>(0, "results", "show", `${first}/1`);
      expect(changes).toEqual([{ path: "by.txt", status: "added", categories: [] }]);
      await run(0, "results", "accept", `${first}/1`);
      const branch = `limaform/${first}/1`;
      expect(await repository.git("show", `${branch}:by.txt`)).toMatch(/^by .*e2e-worker-1$/);
      expect(await repository.git("rev-list", "--count", `main..${branch}`)).toBe("1");
      expect(await repository.git("rev-parse", `${branch}~1`)).toBe(await repository.git("rev-parse", "main"));
      expect(
        await repository.git("log", "-1", "--format=%an %ae|%(trailers:key=Limaform-Run,valueonly)", branch),
      ).toContain(`Uma User uma@example.org|${first}`);
      expect(await stateOf(fleet())).toEqual(before);
    });

    it("that fails is told by exit code 1, and what could run on the host is refused by name", async () => {
      const { json, expect: run, repository } = fleet();
      const document = await json<RunDocument>(1, "run", "--workers", "2", "--", "sh", "-c", RISKY);
      second = document.run;
      expect(document.workers).toMatchObject([{ slot: 2, state: "failed", exitCode: 3, result: `${second}/2` }]);
      const refusal = await json<ErrorDocument>(1, "results", "accept", `${second}/2`);
      expect(refusal).toMatchObject({ format: "limaform.error", message: expect.stringMatching(/\bci\b/) });
      expect(await repository.git("branch", "--list", `limaform/${second}/*`)).toBe("");
      for (const id of [`${first}/2`, `${second}/2`]) await run(0, "results", "discard", id);
      const { results } = await json<ResultsDocument>(0, "results", "list");
      expect(results.map(({ id }) => id)).toEqual([`${first}/1`]);
    });

    it("leaves workers that take new code again, because nothing on them is only there", async () => {
      const { repository, expect: run, inside } = fleet();
      await run(0, "drift");
      await repository.git("merge", "-q", "--ff-only", `limaform/${first}/1`);
      const head = await repository.commit("After the merge");
      await run(0, "apply", "--yes");
      for (const slot of [1, 2]) {
        expect(await inside(slot, "git", "rev-parse", "HEAD")).toBe(head);
        expect(await inside(slot, "git", "status", "--porcelain")).toBe("");
      }
      await run(0, "plan", "--detailed-exitcode");
    });
  });
}

/** What a result must not touch before somebody asks for it: branches apart from ours, and the work tree. */
async function stateOf({ repository }: Fleet): Promise<readonly string[]> {
  const refs = await repository.git("for-each-ref", "--format=%(refname) %(objectname)");
  return [
    await repository.git("symbolic-ref", "HEAD"),
    ...refs.split("\n").filter((line) => !line.startsWith("refs/heads/limaform/")),
    await repository.git("status", "--porcelain"),
  ];
}
