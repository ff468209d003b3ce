import { spawnSync } from "node:child_process";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { isSuccess, type RunOutcome, type RunRequest, run } from "../../../../src/adapters/process/run.js";

const base = {
  cwd: "/",
  env: { PATH: process.env.PATH ?? "" },
  timeoutMs: 10_000,
  classify: (outcome: RunOutcome) => (isSuccess(outcome) ? null : new Error(`exit ${outcome.exitCode}`)),
};
const shell = (script: string, extra: Partial<RunRequest> = {}): Promise<RunOutcome> =>
  run({ ...base, command: "sh", args: ["-c", script], ...extra });

/** A zombie counts as ended: it waits for whatever is process 1 here to collect it. */
const isAlive = (pid: number): boolean => {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
};

describe("run", () => {
  it("returns output, exit code and argv of a child", async () => {
    const outcome = await shell("echo out; echo err >&2");
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "out\n", stderr: "err\n", isCut: false, isTimedOut: false });
    expect(outcome.argv).toEqual(["sh", "-c", "echo out; echo err >&2"]);
  });

  it("passes arguments as they are, without a shell", async () => {
    const outcome = await run({ ...base, command: "printf", args: ["%s|", "a b", "$HOME", "'"] });
    expect(outcome.stdout).toBe("a b|$HOME|'|");
  });

  it("gives the child only the environment it is handed", async () => {
    process.env.LIMAFORM_TEST_LEAK = "1";
    const outcome = await run({ ...base, command: "env", args: [], env: { PATH: base.env.PATH, ONLY: "x" } });
    delete process.env.LIMAFORM_TEST_LEAK;
    expect(outcome.stdout).toContain("ONLY=x");
    expect(outcome.stdout).not.toContain("LIMAFORM_TEST_LEAK");
  });

  it("closes stdin where none is given", async () => {
    expect((await shell("cat; echo end")).stdout).toBe("end\n");
  });

  it("writes text, bytes and streams to stdin", async () => {
    expect((await shell("cat", { stdin: "text" })).stdout).toBe("text");
    expect((await shell("cat", { stdin: new Uint8Array([0, 255]) })).stdoutBytes).toEqual(Buffer.from([0, 255]));
    expect((await shell("cat", { stdin: Readable.from([Buffer.from("a"), Buffer.from("b")]) })).stdout).toBe("ab");
  });

  it("survives a child that does not read its stdin", async () => {
    expect((await shell("exit 0", { stdin: "x".repeat(1 << 20) })).exitCode).toBe(0);
  });

  it("throws what the classifier makes of a failure", async () => {
    await expect(shell("exit 3")).rejects.toThrow("exit 3");
    await expect(shell("exit 3", { classify: () => null })).resolves.toMatchObject({ exitCode: 3 });
  });

  it("hands a program that does not exist to the classifier", async () => {
    const outcome = await run({ ...base, command: "/nonexistent/program", args: [], classify: () => null });
    expect(outcome).toMatchObject({ exitCode: null, startError: "ENOENT" });
  });

  it("hands a call that the system refuses to the classifier", async () => {
    const outcome = await run({ ...base, command: "printf", args: ["a\0b"], classify: () => null });
    expect(outcome).toMatchObject({ exitCode: null, startError: "ERR_INVALID_ARG_VALUE" });
  });

  it("hands a call that is too long for the system to the classifier, and closes what it would have read", async () => {
    const stdin = Readable.from(["a"]);
    const long = { args: ["x".repeat(1 << 22)], stdin };
    expect(await run({ ...base, command: "printf", ...long, classify: () => null })).toMatchObject({
      startError: "E2BIG",
    });
    expect(stdin.destroyed).toBe(true);
  });

  it("closes a stream that the child did not read to its end", async () => {
    const stdin = Readable.from(Array.from({ length: 100 }, () => "x".repeat(1 << 16)));
    expect((await shell("exit 0", { stdin })).exitCode).toBe(0);
    expect(stdin.destroyed).toBe(true);
  });

  it("cuts output at the limit and says so", async () => {
    const outcome = await shell("head -c 100000 /dev/zero", { maxOutputBytes: 1000 });
    expect(outcome.stdoutBytes.length).toBe(1000);
    expect(outcome.isCut).toBe(true);
  });

  it("ends a child that prints without end, where cut output is worth nothing", async () => {
    const outcome = await shell("cat /dev/zero", {
      maxOutputBytes: 1000,
      endsWhenCut: true,
      classify: () => null,
    });
    expect(outcome).toMatchObject({ exitCode: null, signalName: "SIGTERM", isCut: true, isTimedOut: false });
  });

  it("calls back for each line, also the last one without an end", async () => {
    const lines: string[] = [];
    await shell("printf 'a\\r\\nb\\nc'; echo e >&2", { onLine: (line, stream) => lines.push(`${stream}:${line}`) });
    expect(lines.filter((line) => line.startsWith("stdout"))).toEqual(["stdout:a", "stdout:b", "stdout:c"]);
    expect(lines).toContain("stderr:e");
  });

  it("hands stdout out in chunks without keeping it", async () => {
    let bytes = 0;
    const outcome = await shell("head -c 70000 /dev/zero", { onStdout: (chunk) => (bytes += chunk.length) });
    expect([bytes, outcome.stdoutBytes.length]).toEqual([70_000, 0]);
  });

  it("ends the whole group when the time is up, also where SIGTERM is ignored", async () => {
    const outcome = await shell("trap '' TERM; sleep 60 & echo $!; wait; sleep 60", {
      timeoutMs: 300,
      killDelayMs: 200,
      classify: () => null,
    });
    expect(outcome).toMatchObject({ isTimedOut: true, isAborted: false, exitCode: null, signalName: "SIGKILL" });
    await expect.poll(() => isAlive(Number(outcome.stdout.trim()))).toBe(false);
    expect(outcome.elapsedMs).toBeLessThan(5_000);
  });

  it("ends the group on the signal and throws the signal's reason", async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    const running = shell("sleep 60 & echo $!; wait", {
      signal: controller.signal,
      onLine: (line) => {
        lines.push(line);
        controller.abort(new Error("second interrupt"));
      },
    });
    await expect(running).rejects.toThrow("second interrupt");
    await expect.poll(() => isAlive(Number(lines[0]))).toBe(false);
  });

  it("starts nothing when the signal is aborted already", async () => {
    await expect(shell("echo never", { signal: AbortSignal.abort(new Error("late")) })).rejects.toThrow("late");
  });

  it("does not wait for a process that left the group and holds the streams", async () => {
    const outcome = await shell("setsid sleep 4 & echo done");
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "done\n" });
    expect(outcome.elapsedMs).toBeLessThan(3_000);
  });
});
