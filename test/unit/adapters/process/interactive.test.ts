import { describe, expect, it } from "vitest";
import { runInteractive, runWithText } from "../../../../src/adapters/process/interactive.js";

const base = { cwd: "/", env: { PATH: process.env.PATH ?? "" } };

describe("runInteractive", () => {
  it("returns the child's exit code", async () => {
    expect(await runInteractive({ ...base, command: "sh", args: ["-c", "exit 7"] })).toBe(7);
  });

  it("returns 128 and the signal's number where a signal ended it", async () => {
    expect(await runInteractive({ ...base, command: "sh", args: ["-c", "kill -TERM $$"] })).toBe(143);
  });

  it("rejects where the program cannot be started", async () => {
    await expect(runInteractive({ ...base, command: "/nonexistent/program", args: [] })).rejects.toThrow(/ENOENT/);
  });

  it("stays in the group of the terminal, so that keys reach it", async () => {
    const script = '[ "$(ps -o pgid= -p $$ | tr -d " ")" = "$(ps -o pgid= -p $PPID | tr -d " ")" ]';
    expect(await runInteractive({ ...base, command: "sh", args: ["-c", script] })).toBe(0);
  });
});

describe("runWithText", () => {
  it("hands the text to the child, also to one that does not read it", async () => {
    expect(await runWithText({ ...base, command: "sh", args: ["-c", '[ "$(cat)" = text ] || kill $$'] }, "text")).toBe(
      true,
    );
    expect(await runWithText({ ...base, command: "true", args: [] }, "x".repeat(1 << 20))).toBe(true);
  });

  it("says where there is no such program, or no room for its arguments", async () => {
    expect(await runWithText({ ...base, command: "/nonexistent/program", args: [] }, "text")).toBe(false);
    expect(await runWithText({ ...base, command: "true", args: ["x".repeat(1 << 22)] }, "text")).toBe(false);
  });
});
