import { describe, expect, it } from "vitest";
import { classifyLima } from "../../../../src/adapters/lima/classify.js";
import type { RunOutcome } from "../../../../src/adapters/process/run.js";

const outcome = (extra: Partial<RunOutcome>): RunOutcome => ({
  argv: ["limactl", "clone", "a", "b"],
  exitCode: 1,
  signalName: null,
  startError: null,
  isTimedOut: false,
  isAborted: false,
  stdout: "",
  stdoutBytes: new Uint8Array(),
  stderr: "",
  isCut: false,
  elapsedMs: 5,
  timeoutMs: 60_000,
  ...extra,
});
const said = (msg: string) => outcome({ stderr: `${JSON.stringify({ level: "fatal", msg, time: "t" })}\n` });
const facts = { action: "clone a to b", instance: "b" };

describe("classifyLima", () => {
  // Texts of Lima 2.2.0; where 2.1 wrote double quotes, both forms stand here.
  it.each([
    ["LIMA_EXISTS", "instance `b` already exists"],
    ["LIMA_EXISTS", 'instance "b" already exists'],
    ["LIMA_NOT_FOUND_INSTANCE", "instance `a` not found"],
    ["LIMA_NOT_FOUND_INSTANCE", "open /h/.lima/b/lima.yaml: no such file or directory"],
    ["LIMA_NOT_FOUND_INSTANCE", "unmatched instances"],
    [
      "LIMA_PARTIAL_DIR",
      "instance `b` directory `/h/b` exists but its `lima.yaml` could not be read; it was NOT deleted, in case it is …",
    ],
    ["LIMA_WRONG_STATUS", "cannot clone a running instance"],
    ["LIMA_WRONG_STATUS", "cannot edit a running instance"],
    ["LIMA_WRONG_STATUS", "failed to delete instance `b`: expected status `Stopped`, got `Running`"],
    ["LIMA_WRONG_STATUS", 'expected status "Running", got "Broken" (maybe use `limactl stop -f`?)'],
    [
      "LIMA_HALF_DEAD",
      "instance `b` seems running (hint: remove `/h/b/ha.pid` if the instance is not actually running)",
    ],
    ["LIMA_HALF_DEAD", "errors inspecting instance: [qemu driver is running but host agent is not]"],
    [
      "LIMA_PROTECTED",
      "failed to delete instance `b`: instance is protected to prohibit accidental removal (Hint: use `limactl unprotect`)",
    ],
    ["LIMA_START_TIMEOUT", "did not receive an event with the `running` status"],
    ["LIMA_START_TIMEOUT", 'did not receive an event with the "running" status'],
    ["LIMA_STOP_TIMEOUT", "did not receive an event with the `exiting` status"],
    ["LIMA_STOP_TIMEOUT", "timed out waiting for instance to shut down after 3 minutes"],
    ["LIMA_DEGRADED", "degraded, status={Running:true Degraded:true}"],
    ["LIMA_START_FAILED", "exiting, status={Running:false Exiting:true} (hint: see `/h/b/ha.stderr.log`)"],
    ["LIMA_START_FAILED", "host agent process has exited: exit status 1"],
    ["LIMA_START_SLOW", "hostagent (`/h/b/ha.pid`) did not start up in 5s (hint: see `/h/b/ha.stderr.log`)"],
    ["LIMA_NAME", "identifier `b-` must match ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument"],
    [
      "LIMA_NAME",
      "instance name `b` too long: `/h/b/ssh.sock.1` must be less than UNIX_PATH_MAX=108 characters, but is 120",
    ],
    [
      "LIMA_CONFIG",
      "the YAML is invalid, saved the buffer as `lima.REJECTED.yaml`: field `disk`: shrinking the disk (1MiB --> 1KiB) is not supported",
    ],
    ["LIMA_CONFIG", "template does not define param `x`"],
    ["LIMA_DISK_LOCK", "failed to run attach disk `d`, in use by instance `a`"],
    ["LIMA_TOOL_MISSING", 'exec: "qemu-img": executable file not found in $PATH'],
    ["LIMA_FIRMWARE", "could not find firmware for `qemu-system-x86_64`"],
    [
      "LIMA_GUEST_AGENT",
      "guest agent binary could not be found for Linux-x86_64 (Hint: try installing `lima-additional-guestagents` package)",
    ],
    ["LIMA_IMAGE", "failed to download `https://x/y.qcow2`: unexpected HTTP status"],
    ["LIMA_IMAGE_CHANGED", "failed to download `y`: expected digest `sha256:aa`, got `sha256:bb`"],
    ["LIMA_DISK_FULL", "write /h/b/disk: no space left on device"],
    ["LIMA_FAILED", "a message that nobody has seen before"],
  ])("gives %s for: %s", (code, text) => {
    expect(classifyLima(said(text), facts)).toMatchObject({
      code,
      message: expect.stringContaining("cannot clone a to b: "),
    });
  });

  it("knows root's refusal, which is plain text", () => {
    expect(classifyLima(outcome({ stderr: "limactl: must not run as the root user\n" }), facts)?.code).toBe(
      "LIMA_ROOT_REFUSED",
    );
  });

  it("finds nothing wrong with exit code 0", () => {
    expect(
      classifyLima(outcome({ exitCode: 0, stderr: '{"level":"warning","msg":"instance `b` not found"}' }), facts),
    ).toBeNull();
  });

  it("prefers the last word of limactl to what it logged before", () => {
    const stderr = [
      '{"level":"info","msg":"expected status `Stopped`, got"}',
      '{"level":"fatal","msg":"no space left on device"}',
    ];
    expect(classifyLima(outcome({ stderr: stderr.join("\n") }), facts)?.code).toBe("LIMA_DISK_FULL");
  });

  it("reads from the host agent's log why a VM ended, and nothing else from there", () => {
    const ended = said("exiting, status={Exiting:true}");
    const log =
      '{"level":"info","msg":"failed to connect to ha.sock"}\n{"level":"info","msg":"qemu: failed to initialize kvm: Permission denied"}';
    expect(classifyLima(ended, { ...facts, hostAgentLog: log })?.code).toBe("LIMA_ACCELERATION");
    expect(classifyLima(ended, { ...facts, hostAgentLog: log.split("\n")[0] ?? "" })?.code).toBe("LIMA_START_FAILED");
  });

  it("carries the exact call, the exit code and the last lines, safe for a terminal", () => {
    const error = classifyLima(outcome({ exitCode: 7, stderr: "ssh: \x1b[31mno\n" }), facts);
    expect(error?.details).toMatchObject({
      argv: ["limactl", "clone", "a", "b"],
      exitCode: 7,
      stderr: ["ssh: \\x1b[31mno"],
    });
  });

  it("tells our own time limit, a missing program and cut output apart", () => {
    expect(classifyLima(outcome({ isTimedOut: true, exitCode: null }), facts)).toMatchObject({
      code: "LIMA_TIMED_OUT",
      message: "cannot clone a to b: limactl did not end within 60 s",
    });
    expect(classifyLima(outcome({ startError: "ENOENT", exitCode: null }), facts)).toMatchObject({
      code: "LIMA_NOT_FOUND",
      hint: expect.stringContaining("brew install lima"),
    });
    expect(classifyLima(outcome({ exitCode: 0, isCut: true }), facts)?.code).toBe("LIMA_OUTPUT_CUT");
  });

  it("calls only those failures transient that a repeat can mend", () => {
    expect(classifyLima(said("did not start up in 5s"), facts)?.isTransient).toBe(true);
    expect(classifyLima(said("the YAML is invalid"), facts)?.isTransient).toBe(false);
  });
});
