import { describe, expect, it } from "vitest";
import type { RunOutcome } from "../../../../src/adapters/process/run.js";
import { classifyRsync } from "../../../../src/adapters/rsync/classify.js";
import { readFlavour } from "../../../../src/adapters/rsync/flavour.js";
import { readItemised } from "../../../../src/adapters/rsync/itemised.js";

describe("a line of rsync", () => {
  it.each([
    ["<f+++++++++ a.txt", "file", "a.txt", "new"],
    ["<f.st...... src/b c.txt", "file", "src/b c.txt", "content"],
    [".f...p..... run.sh", "file", "run.sh", "attributes"],
    ["cL+++++++++ a -> b", "link", "a -> b", "new"],
    [".d..t...... ./", "folder", "./", "attributes"],
    [".f          same", "file", "same", "none"],
    [String.raw`<f+++++++++ odd\#012\#134#012\#377`, "file", "odd\n\\#012ÿ", "new"],
  ])("%s is understood", (line, type, name, change) => {
    const read = readItemised(line);
    expect(read).toMatchObject({ kind: "entry", type, change });
    expect(read.kind === "entry" ? read.name.toString("latin1") : "").toBe(name);
  });

  it.each(['skipping non-regular file "dev"', "created directory x", "*deleting   gone", ""])(
    "%j is a message",
    (line) => expect(readItemised(line)).toEqual({ kind: "message", text: line }),
  );
});

describe("the flavour of rsync", () => {
  it("tells Samba's from the one of macOS, and neither from anything else", () => {
    expect(readFlavour("rsync  version 3.5.0  protocol version 32\n")).toEqual({ kind: "samba", version: "3.5.0" });
    expect(readFlavour("rsync  version v3.4.1-dev  protocol version 32\n")).toEqual({
      kind: "samba",
      version: "3.4.1",
    });
    expect(readFlavour("openrsync: protocol version 29\nrsync version 2.6.9 compatible\n")).toEqual({
      kind: "openrsync",
      version: "2.6.9",
    });
    expect(readFlavour("busybox")).toBeNull();
  });
});

describe("the end of rsync", () => {
  const ended = (change: Partial<RunOutcome>): RunOutcome => ({
    ...{ argv: ["rsync"], exitCode: 0, signalName: null, startError: null, isTimedOut: false, isAborted: false },
    ...{ stdout: "", stdoutBytes: new Uint8Array(), stderr: "", isCut: false, elapsedMs: 1, timeoutMs: 1000 },
    ...change,
  });
  it.each([
    [{ exitCode: 1 }, "RSYNC_FAILED"],
    [{ exitCode: 2, stderr: "protocol version mismatch -- is your shell clean?" }, "RSYNC_FAILED"],
    [{ exitCode: 11, stderr: "write failed: No space left on device (28)" }, "RSYNC_DISK_FULL"],
    [{ exitCode: 12 }, "RSYNC_FAILED"],
    [{ exitCode: 30 }, "RSYNC_FAILED"],
    [{ exitCode: 127, stderr: "sh: rsync: not found" }, "RSYNC_MISSING_IN_WORKER"],
    [{ exitCode: 255, stderr: "connection refused" }, "GUEST_UNREACHABLE"],
    [{ exitCode: null, signalName: "SIGKILL" }, "RSYNC_FAILED"],
    [{ exitCode: null, isTimedOut: true }, "RSYNC_TIMED_OUT"],
    [{ exitCode: null, startError: "ENOENT" }, "RSYNC_NOT_FOUND"],
  ])("%o is %s", (change, code) => {
    expect(classifyRsync(ended(change), "w-1")).toMatchObject({ code });
  });

  it("is none where all went, or some files vanished meanwhile", () => {
    for (const exitCode of [0, 23, 24]) expect(classifyRsync(ended({ exitCode }), "w-1")).toBeNull();
  });

  it("shows no control sequence of the worker", () => {
    const error = classifyRsync(ended({ exitCode: 12, stderr: "\u001b[2Jgone" }), "w-1");
    expect(error?.message).toContain("\\x1b[2Jgone");
  });
});
