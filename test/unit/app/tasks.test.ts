import { describe, expect, it } from "vitest";
import { agentOf, programOf } from "../../../src/app/run-agent.js";
import { countNeverBegun, taskParts } from "../../../src/app/task-documents.js";
import { argvOf, checkTasks } from "../../../src/app/tasks.js";
import { endTask, give, newTaskList } from "../../../src/runs/task-list.js";
import { recordOf } from "../../support/run-builders.js";

const RUN = "20260102-030405-abcd";
const task = (id: string, prompt: string) => ({ id, prompt, files: [] });
const CHOICE = { name: "claude", isYolo: false, model: null, conversation: null };
const agent = agentOf(CHOICE, {});
const plan = { programOf: (part: Parameters<typeof programOf>[1]) => programOf(agent, part) };
const ASKED = { agent: CHOICE, argv: [], prompt: "" };

describe("the command of a task", () => {
  it("has the task's words put in once: what a prompt holds is no place for others", () => {
    const argv = ["do", "{prompt}", "--as={task}", "{slot}"];
    expect(argvOf({ argv }, { id: "t1", prompt: "say {task} and $& {prompt}" })).toEqual([
      ...["do", "say {task} and $& {prompt}", "--as=t1", "{slot}"],
    ]);
  });
});

describe("a list with a task that no worker could start", () => {
  it("is refused before any of it begins, naming the task", () => {
    const long = task("t2", "x".repeat(120 * 1024 + 1));
    expect(() => checkTasks(plan, ASKED, [task("t1", "fine"), long])).toThrowError(
      expect.objectContaining({ code: "RUN_PROMPT_INVALID", message: expect.stringMatching(/^task t2: .*120 KiB/u) }),
    );
    // A template makes a prompt longer, or empty.
    const template = { ...ASKED, isTemplate: true };
    expect(() =>
      checkTasks(plan, { ...template, prompt: "{{prompt}}{{prompt}}" }, [task("t1", "x".repeat(61_500))]),
    ).toThrow(/^task t1: .*120 KiB/u);
    expect(() => checkTasks(plan, { ...template, prompt: "\n" }, [task("t1", "p")])).toThrow(/^task t1: .*is empty/u);
    expect(() => checkTasks(plan, ASKED, [task("t1", "fine")])).not.toThrow();
  });
});

describe("the parts of a task list", () => {
  const given = { slot: 2, instance: "my-app-worker-2", readyAt: "" };
  const begun = give(
    newTaskList(
      RUN,
      ["a", "b", "c", "d"].map((id) => task(id, id)),
    ),
    "a",
    given,
  );
  const list = endTask(give(begun, "b", given), "c", "failed", "could not be started");
  const records = [recordOf({ run: RUN, task: "a", slot: 2, state: "working" })];

  it("are its tasks, those too that nobody has begun", async () => {
    const session = { clock: { now: () => "2026-01-02T03:05:05Z" } } as Parameters<typeof taskParts>[0];
    const fleet = { results: { list: async () => [] } } as unknown as Parameters<typeof taskParts>[1];
    const parts = await taskParts(session, fleet, list, records);
    expect(parts.map(({ slot, task, state, text }) => [slot, task, state, text])).toEqual([
      [2, "a", "working", "exit code 0"],
      [2, "b", "queued", ""],
      [0, "c", "failed", "could not be started"],
      [0, "d", "queued", ""],
    ]);
    expect(countNeverBegun(list, records)).toEqual({ queued: 2, failed: 1 });
  });
});
