import { describe, expect, it } from "vitest";
import type { StreamEvent } from "../../../src/backends/stream-event.js";
import { parseEvidence } from "../../../src/runs/evidence.js";
import { isEnded, judge } from "../../../src/runs/state.js";
import { addEvent, EMPTY_SUMMARY } from "../../../src/runs/stream-summary.js";
import { evidenceOf as evidence } from "../../support/run-builders.js";

const AT = "2026-01-02T03:04:05Z";
const END = { at: "2026-01-02T03:05:05Z", result: "success", how: "exited", status: "0" } as const;
const COMMAND = { summary: null, stuckAfterMs: 600_000 };
const agent = (...events: readonly StreamEvent[]) => ({
  summary: events.reduce(addEvent, EMPTY_SUMMARY),
  stuckAfterMs: 600_000,
});
const success: StreamEvent = { type: "result", isOk: true, text: "All done.", failure: null };

describe("the state of a run", () => {
  it.each([
    ["no answer", null, "unreachable", null],
    ["a running unit", evidence({ unit: "active" }), "working", null],
    ["a unit on its way", evidence({ unit: "activating", start: null, agentAt: null }), "preparing", null],
    ["a unit on its way out, not yet recorded", evidence({ unit: "deactivating" }), "working", null],
    ["exit code 0", evidence({ end: END }), "done", 0],
    ["exit code 0 while the unit still shows as active", evidence({ end: END, unit: "active" }), "done", 0],
    ["exit code 3", evidence({ end: { ...END, result: "exit-code", status: "3" }, unit: "failed" }), "failed", 3],
    ["the time limit", evidence({ end: { ...END, result: "timeout", how: "killed", status: "TERM" } }), "failed", null],
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
    ["a unit that never started", evidence({ start: null, agentAt: null, unit: "failed" }), "failed", null],
    ["a worker that knows nothing of it", evidence({ exists: false, start: null, agentAt: null }), "failed", null],
  ] as const)("%s", (_name, found, state, exitCode) => {
    const judged = judge(found, COMMAND);
    expect(judged).toMatchObject({ state, exitCode });
    expect(judged.text).not.toBe("");
    expect(isEnded(judged.state)).toBe(["done", "failed", "cancelled"].includes(state));
  });
});

describe("why a run failed", () => {
  const ended = (result: string, how: "exited" | "killed", status: string) => ({ ...END, result, how, status });
  it.each([
    ["the time limit", evidence({ end: ended("timeout", "killed", "TERM") }), COMMAND, "timeout"],
    ["too little memory", evidence({ end: ended("oom-kill", "killed", "KILL") }), COMMAND, "out_of_memory"],
    [
      "an agent that was ended for memory",
      evidence({ end: ended("exit-code", "exited", "137"), exit: { at: AT, exitCode: 137 }, isOutOfMemory: true }),
      agent(),
      "out_of_memory",
    ],
    ["a restart", evidence({ bootId: "boot-2" }), COMMAND, "guest_lost"],
    [
      "a power cut that took its youngest files",
      evidence({ start: null, agentAt: null, takenBootId: "boot-1", bootId: "boot-2" }),
      COMMAND,
      "guest_lost",
    ],
    [
      "a unit that ended at once",
      evidence({ start: null, agentAt: null, takenBootId: "boot-1", unit: "failed" }),
      COMMAND,
      "not_started",
    ],
    [
      "a hook before it",
      evidence({ agentAt: null, prepared: { at: AT, exitCode: 4 }, end: ended("exit-code", "exited", "4") }),
      COMMAND,
      "hook",
    ],
    ["no unit", evidence({ exists: false }), COMMAND, "not_started"],
    ["no last word", evidence({ end: END, exit: { at: AT, exitCode: 0 } }), agent(), "agent_error"],
    [
      "a success that its exit code denies",
      evidence({ end: ended("exit-code", "exited", "1"), exit: { at: AT, exitCode: 1 } }),
      agent(success),
      "agent_error",
    ],
    [
      "its credential",
      evidence({ end: ended("exit-code", "exited", "1") }),
      agent({ type: "result", isOk: false, text: "Invalid API key", failure: "credentials" }),
      "credentials",
    ],
    [
      "an interruption that it calls its end",
      evidence({ end: END }),
      agent({ type: "result", isOk: false, text: "", failure: "interrupted" }),
      "agent_error",
    ],
  ] as const)("is %s", (_name, found, rules, failure) => {
    expect(judge(found, rules)).toMatchObject({
      state: "failed",
      failure,
      isPassed: failure === "guest_lost" || failure === "not_started" ? null : false,
    });
  });

  it("is the loss of its worker where that went down and ended it, unless it had ended itself", () => {
    const end = ended("shutdown", "killed", "TERM");
    expect(judge(evidence({ end }), agent())).toMatchObject({ state: "failed", failure: "guest_lost" });
    const checked = evidence({ end, exit: { at: AT, exitCode: 0 }, hasCheck: true });
    expect(judge(checked, agent(success))).toMatchObject({ state: "done", isPassed: false, checkExitCode: null });
    expect(judge(evidence({ end, isCancelled: true }), agent())).toMatchObject({ state: "cancelled" });
  });

  it("tells when a limit that ended it is over", () => {
    const until = "2026-01-02T08:00:00.000Z";
    const rules = agent(
      { type: "limit", text: "usage limit reached (five_hour)", until },
      { type: "result", isOk: false, text: "You've hit your limit", failure: "rate_limit" },
    );
    expect(judge(evidence({ end: { ...END, result: "exit-code", status: "1" } }), rules)).toMatchObject({
      state: "failed",
      failure: "rate_limit",
      until,
    });
  });
});

describe("whether a run passed", () => {
  const over = { end: END, exit: { at: AT, exitCode: 0 } };
  it("is decided by hooks.check", () => {
    const rules = agent(success);
    expect(judge(evidence(over), rules)).toMatchObject({ state: "done", isPassed: true });
    const passed = evidence({ ...over, hasCheck: true, check: { at: AT, exitCode: 0 } });
    expect(judge(passed, rules)).toMatchObject({ state: "done", isPassed: true, checkExitCode: 0 });
    const not = judge(evidence({ ...over, hasCheck: true, check: { at: AT, exitCode: 2 } }), rules);
    expect(not).toMatchObject({ state: "done", isPassed: false, checkExitCode: 2 });
    expect(not.text).toContain("hooks.check ended with 2");
    expect(judge(evidence({ ...over, hasCheck: true }), rules)).toMatchObject({ state: "done", isPassed: false });
  });

  it("is no where tools were denied, with a warning", () => {
    const judged = judge(evidence(over), agent({ type: "denied", tool: "Bash" }, success));
    expect(judged).toMatchObject({ state: "done", isPassed: false, warnings: ["1 tool call was denied (Bash)"] });
  });
});

describe("a run at work", () => {
  const live = (more = {}) => evidence({ unit: "active", ...more });
  const retry = (reason: "rate_limit" | "offline" | "credentials"): StreamEvent => ({
    type: "retry",
    reason,
    text: "try 3 of 10",
    resumesInMs: 30_000,
  });
  const tool: StreamEvent = { type: "tool_started", id: "t", name: "Bash", title: "make" };

  it.each([
    ["prepares while the hook before it runs", live({ agentAt: null }), agent(), "preparing", "hooks.pre_run runs"],
    ["works while a tool runs", live(), agent(tool), "working", "Bash runs"],
    [
      "works while its check runs",
      live({ exit: { at: AT, exitCode: 0 }, hasCheck: true }),
      agent(success),
      "working",
      "hooks.check runs",
    ],
    ["ends where it has no check", live({ exit: { at: AT, exitCode: 0 } }), agent(success), "working", "it ends"],
    ["is limited while its model makes it wait", live(), agent(retry("rate_limit")), "limited", "try 3 of 10"],
    [
      "is limited by a limit without a word",
      live(),
      agent({ type: "limit", text: " ", until: null }),
      "limited",
      "the model allows no more for now",
    ],
    [
      "is limited while its model is not reached",
      live(),
      agent(retry("offline")),
      "limited",
      "the model is not reached: try 3 of 10",
    ],
    ["works while it tries its key again", live(), agent(retry("credentials")), "working", "try 3 of 10"],
    ["waits for a person", live(), agent({ type: "waiting", text: "Bash" }), "waiting", "it waits for an answer: Bash"],
    ["is awake again with the next word", live(), agent(retry("rate_limit"), tool), "working", "Bash runs"],
  ] as const)("%s", (_name, found, rules, state, text) => {
    expect(judge(found, rules)).toMatchObject({ state, text, failure: null, isPassed: null });
  });

  it("tells a retry as the last thing that it did, whatever it did before", () => {
    const { summary } = agent(tool, retry("credentials"));
    expect(summary).toMatchObject({ lastAction: "try 3 of 10", openTools: [{ name: "Bash" }] });
    expect(judge(live(), agent(tool, retry("credentials")))).toMatchObject({ state: "working", text: "try 3 of 10" });
  });

  it("says when a limit ends", () => {
    const outputAt = "2026-01-02T03:05:00Z";
    expect(judge(live({ outputAt }), agent(retry("rate_limit")))).toMatchObject({
      since: outputAt,
      until: "2026-01-02T03:05:30.000Z",
    });
  });

  it("is stuck when nothing moved for so long, and says since when and what was last", () => {
    const rules = { ...agent(tool), stuckAfterMs: 60_000 };
    const now = "2026-01-02T03:06:00Z";
    expect(judge(live({ now }), rules)).toMatchObject({ state: "stuck", since: AT });
    expect(judge(live({ now }), rules).text).toBe(`no progress since ${AT} (last: output); Bash runs`);
    // The same at each look: it is told once.
    const later = live({ now: "2026-01-02T03:16:00Z" });
    expect(judge(later, rules)).toEqual(judge(live({ now }), rules));
    for (const moved of [
      { outputAt: "2026-01-02T03:05:30Z" },
      { progress: { at: "2026-01-02T03:05:30Z", by: "cpu" } },
      { progress: { at: "2026-01-02T03:05:30Z", by: "files" } },
    ]) {
      expect(judge(live({ now, ...moved }), rules)).toMatchObject({ state: "working" });
    }
  });

  it("is not stuck while it waits for a person, or for a time that was named", () => {
    const now = "2026-01-02T04:00:00Z";
    const rules = (event: StreamEvent) => ({ ...agent(event), stuckAfterMs: 60_000 });
    expect(judge(live({ now }), rules({ type: "waiting", text: "Bash" }))).toMatchObject({ state: "waiting" });
    const limit = (until: string): StreamEvent => ({ type: "limit", text: "limit", until });
    expect(judge(live({ now }), rules(limit("2026-01-02T05:00:00.000Z")))).toMatchObject({ state: "limited" });
    expect(judge(live({ now }), rules(limit("2026-01-02T03:30:00.000Z")))).toMatchObject({ state: "stuck" });
  });
});

describe("the evidence of a run", () => {
  const text = "unit active\nboot b\nfolder yes\nstart 2026-01-02T03:04:05Z b\nstdout 5\nstderr 0\n";
  it("is read line by line", () => {
    expect(parseEvidence(text)).toEqual(
      evidence({
        ...{ unit: "active", bootId: "b", start: { at: AT, bootId: "b" }, stdoutBytes: 5 },
        ...{ agentAt: null, now: null, outputAt: null },
      }),
    );
    expect(
      parseEvidence(`${text}end 2026-01-02T03:04:05Z exit-code exited 7\ncollected yes\ncancelled yes\n`),
    ).toMatchObject({
      end: { result: "exit-code", how: "exited", status: "7" },
      isCollected: true,
      isCancelled: true,
    });
    const more = `prepared ${AT} 0\nagent ${AT}\nexit ${AT} 1\ncheck ${AT} 2\nchecks yes\noom yes\nnow ${AT}\noutput ${AT}\nprogress ${AT} cpu\n`;
    expect(parseEvidence(`${text}${more}`)).toMatchObject({
      ...{ prepared: { at: AT, exitCode: 0 }, agentAt: AT, exit: { at: AT, exitCode: 1 } },
      ...{ check: { at: AT, exitCode: 2 }, hasCheck: true, isOutOfMemory: true, now: AT, outputAt: AT },
      progress: { at: AT, by: "cpu" },
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
    [`${text}exit 2026-01-02T03:04:05Z\n`, "an exit without code"],
    [`${text}progress 2026-01-02T03:04:05Z magic\n`, "progress of an unknown sort"],
    [`${text}end 2026-01-02T03:04:05Z success exploded 0\n`, "an unknown way to end"],
    [text.replace("2026-01-02T03:04:05Z b", ""), "a start that was cut off"],
  ])("is none in %j (%s)", (garbled) => {
    expect(parseEvidence(garbled)).toBeNull();
  });
});
