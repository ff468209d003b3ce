import { describe, expect, it } from "vitest";
import {
  cancelNotBegun,
  cancelQueued,
  endTask,
  give,
  givenTo,
  isOpen,
  newTaskList,
  nextTask,
  type TaskList,
  takeBack,
} from "../../../src/runs/task-list.js";

const GIVEN = { slot: 1, instance: "app-worker-1", readyAt: "2026-01-02T03:04:05Z" };
const listOf = (...ids: readonly string[]): TaskList =>
  newTaskList(
    "20260102-030405-abcd",
    ids.map((id) => ({ id, prompt: id, files: [] })),
  );
const statesOf = ({ tasks }: TaskList) => tasks.map(({ id, status, end }) => `${id} ${end?.state ?? status}`);

describe("a task list", () => {
  it("is open until each of its tasks has ended, and an end stands", () => {
    const one = endTask(give(listOf("a", "b"), "a", GIVEN), "a", "done", "exit code 0");
    expect([isOpen(one), nextTask(one)?.id]).toEqual([true, "b"]);
    const both = endTask(endTask(one, "b", "lost", "gone"), "a", "failed", "later");
    expect([isOpen(both), nextTask(both), ...statesOf(both)]).toEqual([false, null, "a done", "b lost"]);
  });

  it("offers a task again that could not be started, after the others; twice refused it has failed", () => {
    const once = takeBack(give(listOf("a", "b"), "a", GIVEN), "a", "no room");
    expect(nextTask(once)?.id).toBe("b");
    expect(givenTo(once, GIVEN.instance)).toEqual([]);
    const twice = takeBack(give(once, "a", GIVEN), "a", "no room");
    expect(twice.tasks[0]).toMatchObject({ status: "ended", end: { state: "failed", text: "no room" } });
  });

  it("cancelled, lets what a worker may have begun come to its own end", () => {
    const list = give(give(listOf("a", "b", "c"), "a", GIVEN), "b", { ...GIVEN, instance: "app-worker-2" });
    expect(statesOf(cancelQueued(list, "all"))).toEqual(["a given", "b given", "c cancelled"]);
    expect(statesOf(cancelNotBegun(list, (id) => id === "a"))).toEqual(["a given", "b cancelled", "c cancelled"]);
  });
});
