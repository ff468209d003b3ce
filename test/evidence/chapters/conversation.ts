import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunDocument, WaitDocument } from "../../../src/app/app.js";
import type { Fleet } from "../../support/e2e.js";
import { type Model, onlyPart } from "../../support/e2e-agent.js";

/** The real Claude Code is told by a template, told more afterwards, and given a list of tasks. */
export function conversation(fleet: () => Fleet, { mode }: Model): void {
  describe("that is told more", () => {
    /** Claude Code's own transcripts, where what it was told stands. */
    const told = (words: string) =>
      fleet().inside(1, "sh", "-c", 'grep -rlF -e "$1" ~/.claude/projects | sort', "sh", words);

    it("has its prompt from a template, is followed by nobody, and goes on with the same conversation", async () => {
      const file = join(fleet().repository.root, ".limaform", "prompts", "fix.md");
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, "Fix the {{what}} on worker {{slot}}.\n");
      await mode("commit");
      const argv = ["run", "--template", "fix", "--var", "what=red tests", "--workers", "1", "--yolo", "--detach"];
      const { run } = await fleet().json<RunDocument>(0, ...argv);
      const show = async () => onlyPart(await fleet().json<RunDocument>(0, "runs", "show", run));
      // Nobody follows it: what it is at is told by the worker to whoever asks.
      const waited = await fleet().json<WaitDocument>(0, "wait", "1", "--for", "run-done", "--timeout", "5m");
      expect(waited.workers).toMatchObject([{ state: "done", isReached: true }]);
      expect(await show()).toMatchObject({
        state: "done",
        passed: true,
        toolCalls: 1,
        resultText: "All done.",
        result: null,
      });
      await fleet().expect(0, "runs", "attach", run);
      const first = await show();
      expect(first).toMatchObject({ state: "done", commits: 1, conversation: expect.stringMatching(/./u) });
      const transcript = await told("Fix the red tests on worker 1.");
      expect(transcript).toContain(first.conversation);
      await mode("ok");
      const sent = onlyPart(await fleet().json<RunDocument>(0, "runs", "send", "1", "and now the documentation"));
      expect(sent).toMatchObject({ state: "done", toolCalls: 1, conversation: first.conversation });
      expect(await told("and now the documentation")).toBe(transcript);
    });

    it("works through more tasks than workers, each from the same base", async () => {
      await mode("commit");
      const file = fleet().scratch("agent-tasks.txt");
      await writeFile(file, "first\nsecond\nthird\n");
      const { workers } = await fleet().json<RunDocument>(0, "run", "--tasks", file, "--yolo");
      expect(workers.map(({ task, state, commits, files }) => ({ task, state, commits, files }))).toEqual(
        ["t1", "t2", "t3"].map((task) => ({ task, state: "done", commits: 1, files: 1 })),
      );
    });
  });
}
