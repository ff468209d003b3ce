import { describe, expect, it } from "vitest";
import { parseEvidence, type RunEvidence } from "../../../src/runs/evidence.js";
import { isEnded, judge } from "../../../src/runs/state.js";

const START = { at: "2026-01-02T03:04:05Z", bootId: "boot-1" };
const END = { at: "2026-01-02T03:05:05Z", result: "success", how: "exited", status: "0" } as const;
const evidence = (more: Partial<RunEvidence>): RunEvidence => ({
  ...{
    exists: true,
    start: START,
    end: null,
    isCancelled: false,
    isCollected: false,
    unit: "unknown",
    bootId: "boot-1",
  },
  ...{ stdoutBytes: 0, stderrBytes: 0, ...more },
});

describe("the state of a run", () => {
  it.each([
    ["no answer", null, "unreachable", null],
    ["a running unit", evidence({ unit: "active" }), "working", null],
    ["a unit on its way", evidence({ unit: "activating", start: null }), "working", null],
    ["a unit on its way out, not yet recorded", evidence({ unit: "deactivating" }), "working", null],
    ["exit code 0", evidence({ end: END }), "done", 0],
    ["exit code 0 while the unit still shows as active", evidence({ end: END, unit: "active" }), "done", 0],
    ["exit code 3", evidence({ end: { ...END, result: "exit-code", status: "3" }, unit: "failed" }), "failed", 3],
    [
      "the time limit",
      evidence({ end: { ...END, result: "timeout", how: "killed", status: "TERM" } }),
      "timed_out",
      null,
    ],
    ["a signal", evidence({ end: { ...END, result: "signal", how: "killed", status: "SEGV" } }), "failed", null],
    [
      "too little memory",
      evidence({ end: { ...END, result: "oom-kill", how: "killed", status: "KILL" } }),
      "failed",
      null,
    ],
    [
      "a cancelled one",
      evidence({ isCancelled: true, end: { ...END, how: "killed", status: "TERM" } }),
      "cancelled",
      null,
    ],
    ["one that ended well before the cancel", evidence({ isCancelled: true, end: END }), "done", 0],
    ["a cancelled one without record", evidence({ isCancelled: true }), "cancelled", null],
    ["a cancelled one that still ends", evidence({ isCancelled: true, unit: "deactivating" }), "working", null],
    ["a restart in between", evidence({ bootId: "boot-2" }), "failed", null],
    ["an end without record", evidence({ unit: "inactive" }), "failed", null],
    ["a unit that never started", evidence({ start: null, unit: "failed" }), "failed", null],
    ["a worker that knows nothing of it", evidence({ exists: false, start: null }), "failed", null],
  ] as const)("%s", (_name, found, state, exitCode) => {
    const judged = judge(found);
    expect(judged).toMatchObject({ state, exitCode });
    expect(judged.text).not.toBe("");
    expect(isEnded(judged.state)).toBe(state !== "working" && state !== "unreachable");
  });
});

describe("the evidence of a run", () => {
  const text = "unit active\nboot b\nfolder yes\nstart 2026-01-02T03:04:05Z b\nstdout 5\nstderr 0\n";
  it("is read line by line", () => {
    expect(parseEvidence(text)).toEqual(
      evidence({ unit: "active", bootId: "b", start: { at: START.at, bootId: "b" }, stdoutBytes: 5 }),
    );
    expect(
      parseEvidence(`${text}end 2026-01-02T03:04:05Z exit-code exited 7\ncollected yes\ncancelled yes\n`),
    ).toMatchObject({
      end: { result: "exit-code", how: "exited", status: "7" },
      isCollected: true,
      isCancelled: true,
    });
  });

  it.each([
    ["", "nothing"],
    [text.replace("active", "sleeping"), "an unknown state"],
    [text.replace("stdout 5", "stdout -5"), "a size that is none"],
    [text.replace("folder yes\n", ""), "a missing line"],
    [`${text}unit failed\n`, "a line twice"],
    [`${text}<script>\n`, "a strange line"],
    [`${text}end yesterday success exited 0\n`, "a time that is none"],
    [`${text}end 2026-01-02T03:04:05Z success exploded 0\n`, "an unknown way to end"],
    [text.replace("2026-01-02T03:04:05Z b", ""), "a start that was cut off"],
  ])("is none in %j (%s)", (garbled) => {
    expect(parseEvidence(garbled)).toBeNull();
  });
});
