import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvidence } from "../../src/runs/evidence.js";
import { FAILURES, isEnded, type JudgeRules, judge, RUN_STATES } from "../../src/runs/state.js";
import { EMPTY_SUMMARY } from "../../src/runs/stream-summary.js";
import { runsOf } from "../support/property-runs.js";

/*
 * The laws of a run's state, over all that a worker may show, also what no honest worker shows: only evidence ends a run,
 * and the same evidence is the same state whoever looks, and when.
 */

const MINUTE_MS = 60_000;
const timeAt = (minute: number): string =>
  `${new Date(1_767_323_045_000 + minute * MINUTE_MS).toISOString().slice(0, 19)}Z`;
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const time = fc.integer({ min: 0, max: 60 }).map(timeAt);
const code = fc.constantFrom(0, 0, 1, 127, 143);
const step = fc.record({ at: time, exitCode: code });
const bootId = fc.constantFrom("boot-1", "boot-2");

const evidence: fc.Arbitrary<RunEvidence> = fc.record({
  exists: fc.constantFrom(true, true, true, false),
  start: orNull(fc.record({ at: time, bootId })),
  takenBootId: orNull(bootId),
  prepared: orNull(step),
  agentAt: orNull(time),
  exit: orNull(step),
  check: orNull(step),
  hasCheck: fc.boolean(),
  isOutOfMemory: fc.boolean(),
  end: orNull(
    fc.record({
      at: time,
      result: fc.constantFrom("success", "exit-code", "timeout", "signal", "oom-kill", "shutdown", "resources"),
      how: fc.constantFrom("exited" as const, "killed" as const, "dumped" as const, "unknown" as const),
      status: fc.constantFrom("0", "1", "TERM", ""),
    }),
  ),
  isCancelled: fc.boolean(),
  isCollected: fc.boolean(),
  unit: fc.constantFrom("active", "activating", "deactivating", "inactive", "failed", "unknown"),
  bootId,
  stdoutBytes: fc.nat(),
  stderrBytes: fc.nat(),
  now: orNull(fc.integer({ min: 60, max: 120 }).map(timeAt)),
  outputAt: orNull(time),
  progress: orNull(fc.record({ at: time, by: fc.constantFrom("cpu" as const, "files" as const) })),
});

const wait = fc.record({
  kind: fc.constantFrom("limited" as const, "offline" as const, "retrying" as const),
  text: fc.string(),
  until: orNull(fc.integer({ min: 0, max: 240 }).map(timeAt)),
  resumesInMs: orNull(fc.constantFrom(0, 30_000, Number.MAX_SAFE_INTEGER)),
});
const summary = fc
  .record({
    openTools: fc.array(fc.record({ id: fc.string(), name: fc.string() }), { maxLength: 2 }),
    denied: fc.array(fc.string(), { maxLength: 2 }),
    waitsForModel: orNull(wait),
    waitsForInput: orNull(fc.string()),
    result: orNull(
      fc.record({
        isOk: fc.boolean(),
        text: fc.string(),
        failure: orNull(fc.constantFrom("credentials" as const, "rate_limit" as const, "interrupted" as const)),
      }),
    ),
  })
  .map((said) => ({ ...EMPTY_SUMMARY, ...said }));
const rules: fc.Arbitrary<JudgeRules> = fc.record({
  summary: orNull(summary),
  stuckAfterMs: fc.constant(10 * MINUTE_MS),
});

const LIVE = new Set(["active", "activating", "deactivating"]);
const isLive = ({ exists, end, unit }: RunEvidence): boolean => exists && end === null && LIVE.has(unit);

describe.each(runsOf(2_000))("judge ($title)", (parameters) => {
  const always = (law: (evidence: RunEvidence, rules: JudgeRules) => void): void => {
    fc.assert(fc.property(evidence, rules, law), parameters);
  };

  it("is total, and a failure has a class where the state is failed and nowhere else", () => {
    always((seen, given) => {
      const { state, failure, text } = judge(seen, given);
      expect(RUN_STATES).toContain(state);
      expect(failure === null).toBe(state !== "failed");
      if (failure !== null) expect(FAILURES).toContain(failure);
      expect(text).not.toBe("");
      expect(judge(structuredClone(seen), structuredClone(given))).toEqual(judge(seen, given));
    });
  });

  it("ends nothing that does not answer, and nothing that systemd still shows", () => {
    always((seen, given) => {
      expect(isEnded(judge(null, given).state)).toBe(false);
      if (isLive(seen)) expect(judge(seen, given)).toMatchObject({ exitCode: null, isPassed: null, failure: null });
      if (isLive(seen)) expect(isEnded(judge(seen, given).state)).toBe(false);
      if (seen.end !== null || !isLive(seen)) expect(isEnded(judge(seen, given).state)).toBe(true);
    });
  });

  it("is done by the record of the end, exit code 0 and the agent's own last word alone", () => {
    always((seen, given) => {
      if (judge(seen, given).state !== "done") return;
      expect(seen.end).not.toBeNull();
      expect(seen.agentAt).not.toBeNull();
      expect(judge(seen, given).exitCode).toBe(0);
      if (given.summary !== null) expect(given.summary.result?.isOk).toBe(true);
    });
  });

  it("is passed only when it is done, no tool was denied, and the check that was to follow ended with 0", () => {
    always((seen, given) => {
      const { isPassed, state } = judge(seen, given);
      const mayPass =
        state === "done" &&
        (given.summary?.denied ?? []).length === 0 &&
        (!seen.hasCheck || seen.check?.exitCode === 0);
      expect(isPassed === true).toBe(mayPass);
    });
  });

  it("is the same after the end, whatever the unit, the boot and the clock show by then", () => {
    always((seen, given) => {
      if (!seen.exists || seen.end === null) return;
      const later: RunEvidence = { ...seen, unit: "unknown", bootId: "boot-9", now: timeAt(9_999) };
      expect(judge(later, given)).toEqual(judge(seen, given));
    });
  });

  it("is stuck for as long as nothing moves, in the same words, and not once something does", () => {
    always((seen, given) => {
      if (!isLive(seen) || seen.now === null || judge(seen, given).state !== "stuck") return;
      expect(judge({ ...seen, now: timeAt(9_999) }, given)).toEqual(judge(seen, given));
      expect(judge({ ...seen, progress: { at: seen.now, by: "files" } }, given).state).not.toBe("stuck");
    });
  });
});
