import type { RunWorker } from "../../src/app/app.js";
import type { RunRecord } from "../../src/ports/runs.js";
import type { RunEvidence } from "../../src/runs/evidence.js";

/** A run that has begun a minute ago and of which nothing more is known. */
export const evidenceOf = (more: Partial<RunEvidence> = {}): RunEvidence => ({
  ...{ exists: true, start: { at: "2026-01-02T03:04:05Z", bootId: "boot-1" }, prepared: null },
  ...{ takenBootId: null },
  ...{ agentAt: "2026-01-02T03:04:05Z", exit: null, check: null, hasCheck: false, isOutOfMemory: false, end: null },
  ...{ isCancelled: false, isCollected: false, unit: "unknown", bootId: "boot-1", stdoutBytes: 0, stderrBytes: 0 },
  ...{ now: "2026-01-02T03:05:05Z", outputAt: "2026-01-02T03:04:05Z", progress: null },
  ...more,
});

/** A command that ended well. */
export const recordOf = (more: Partial<RunRecord> = {}): RunRecord => ({
  ...{ run: "20260102-030405-abcd", slot: 1, instance: "my-app-worker-1", argv: ["true"], agent: null, label: null },
  ...{ base: "b".repeat(40), state: "done", failure: null, exitCode: 0, text: "exit code 0", since: null, until: null },
  ...{ isPassed: true, checkExitCode: null, warnings: [], stuckAfterMs: 600_000, conversation: null, model: null },
  ...{ tokens: null, costUsd: null, toolCalls: 0, lastAction: "", resultText: null },
  ...{ startedAt: "", updatedAt: "", endedAt: null, output: "" },
  ...more,
});

export const runWorkerOf = (slot: number, more: Partial<RunWorker> = {}): RunWorker => ({
  ...{ slot, instance: `my-app-worker-${slot}`, agent: null, state: "done", failure: null, text: "exit code 0" },
  ...{ since: null, until: null, passed: true, checkExitCode: null, warnings: [], exitCode: 0, elapsedMs: 61_000 },
  ...{ conversation: null, model: null, tokens: null, costUsd: null, toolCalls: 0, resultText: null },
  ...{ output: `/o/${slot}`, result: `r/${slot}`, commits: 2, files: 1, additions: 3, deletions: 1, error: null },
  ...more,
});
