import { describe, expect, it } from "vitest";
import { classifyGit } from "../../../../src/adapters/git/classify.js";
import type { RunOutcome } from "../../../../src/adapters/process/run.js";

const outcome = (more: Partial<RunOutcome>): RunOutcome => ({
  ...{
    argv: ["git", "status"],
    exitCode: 128,
    signalName: null,
    startError: null,
    isTimedOut: false,
    isAborted: false,
  },
  ...{ stdout: "", stdoutBytes: new Uint8Array(), stderr: "", isCut: false, elapsedMs: 1000, timeoutMs: 1000 },
  ...more,
});

describe("git's failures", () => {
  it.each([
    ["REPO_GIT_NOT_FOUND", outcome({ startError: "ENOENT", exitCode: null })],
    ["REPO_TIMED_OUT", outcome({ isTimedOut: true, exitCode: null })],
    ["REPO_DUBIOUS_OWNERSHIP", outcome({ stderr: "fatal: detected dubious ownership in repository at '/x'" })],
    [
      "REPO_NOT_A_REPOSITORY",
      outcome({ stderr: "fatal: not a git repository (or any of the parent directories): .git" }),
    ],
    ["REPO_TOO_LARGE", outcome({ exitCode: 0, isCut: true })],
    [
      "REPO_NOT_WRITABLE",
      outcome({ stderr: "fatal: Unable to create temporary file '/x/.git/objects/pack/tmp': Read-only file system" }),
    ],
    ["REPO_NOT_WRITABLE", outcome({ stderr: "fatal: Unable to create '/x/.git/a.lock': Permission denied" })],
    ["REPO_GIT_FAILED", outcome({ stderr: 'error: open("a"): Permission denied' })],
    ["REPO_GIT_FAILED", outcome({ stderr: "fatal: bad object" })],
    ["REPO_GIT_FAILED", outcome({ exitCode: null, signalName: "SIGKILL" })],
  ])("are %s with a next step", (code, found) => {
    const error = classifyGit(found, "/x", [0]);
    expect(error?.code).toBe(code);
    if (code !== "REPO_TOO_LARGE") expect(error?.hint).not.toBe("");
  });

  it("are answers where the caller expects them", () => {
    expect(classifyGit(outcome({ exitCode: 1 }), "/x", [0, 1])).toBeNull();
    expect(classifyGit(outcome({ exitCode: 1 }), "/x", [0])).not.toBeNull();
  });

  it("never carry control characters of a name into a message", () => {
    expect(classifyGit(outcome({ stderr: "fatal: bad \u001b[2J" }), "/x", [0])?.message).toContain("\\x1b[2J");
  });
});
