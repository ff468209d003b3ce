import { describe, expect, it } from "vitest";
import { readTaskLines, readTaskTables } from "../../../src/runs/task-file.js";

const task = (id: string, prompt: string, files: readonly string[] = []) => ({ id, prompt, files });

describe("a task file of lines", () => {
  it("has a prompt a line; empty ones, notes, a byte order mark and line ends of Windows count for nothing", () => {
    const text = "\ufeff# what is to be done\r\none\r\n\r\n  two # not a note  \r\n#three";
    expect(readTaskLines(text)).toEqual({ ok: true, tasks: [task("t1", "one"), task("t2", "two # not a note")] });
  });

  it("that is empty, too long, or holds a NUL is refused", () => {
    expect(readTaskLines("# nothing\n")).toMatchObject({ ok: false, problems: [{ place: "file" }] });
    expect(readTaskLines("x\n".repeat(5_001))).toMatchObject({
      ok: false,
      problems: [{ text: "more than 5000 tasks" }],
    });
    expect(readTaskLines("ok\na\0b")).toMatchObject({ ok: false, problems: [{ place: "t2" }] });
  });
});

describe("a task file of tables", () => {
  it("gives ids where there are none, and takes files inside the repository", () => {
    const tables = [{ prompt: "one" }, { id: "fix-2", prompt: "two\nlines", files: ["src/a.ts", "a b/c"] }];
    expect(readTaskTables({ task: tables })).toEqual({
      ok: true,
      tasks: [task("t1", "one"), task("fix-2", "two\nlines", ["src/a.ts", "a b/c"])],
    });
  });

  it.each([
    [{ prompt: "p", id: "A" }, /^id: expected lower-case/u],
    [{ prompt: "p", id: "../x" }, /^id: expected/u],
    [{ prompt: "p", id: "x".repeat(41) }, /^id: expected/u],
    [{ prompt: "p", id: 7 }, /^id: expected.*7$/u],
    [{ prompt: " \n" }, /^prompt: expected/u],
    [{ id: "a" }, /^prompt: expected/u],
    [{ prompt: "p", file: "x" }, /unknown key file/u],
    [{ prompt: "p", files: ["/etc/passwd"] }, /^files: expected/u],
    [{ prompt: "p", files: ["a/../../x"] }, /^files: expected/u],
    [{ prompt: "p", files: [".git/config"] }, /^files: expected/u],
    ["p", /expected a table/u],
  ])("%j is refused", (table, text) => {
    expect(readTaskTables({ task: [{ prompt: "fine" }, table] })).toEqual({
      ok: false,
      problems: [{ place: "task 2", text: expect.stringMatching(text) }],
    });
  });

  it("names ids that come twice, also one that was given by number, and what else stands in the file", () => {
    expect(readTaskTables({ task: [{ prompt: "p", id: "t2" }, { prompt: "q" }] })).toEqual({
      ok: false,
      problems: [{ place: "t2", text: "two tasks have this id" }],
    });
    expect(readTaskTables({ tasks: [], task: {} })).toMatchObject({
      problems: [{ place: "tasks" }, { place: "file" }],
    });
  });
});
