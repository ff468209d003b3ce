import type { Json, JsonObject } from "../util/json.js";

/**
 * One stream tells all that happens; every view is a fold of it.
 *
 * Shape: first `run.started`, last `run.completed`; each started step ends exactly once (completed, failed or
 * interrupted); a skipped step never started. `seq` counts from 0 without gaps. No secret, no colour codes.
 */
export type EventBody =
  | { readonly type: "run.started"; readonly command: string; readonly engine: string; readonly lima: string | null }
  | { readonly type: "spec.loaded"; readonly file: string; readonly project: string }
  | { readonly type: "observe.started" }
  | {
      readonly type: "observe.completed";
      readonly instances: number;
      readonly failures: number;
      readonly elapsedMs: number;
    }
  | { readonly type: "probe.started"; readonly instances: readonly string[] }
  | { readonly type: "probe.completed"; readonly elapsedMs: number }
  | { readonly type: "drift.found"; readonly items: number }
  | { readonly type: "plan.ready"; readonly summary: JsonObject; readonly applicable: boolean; readonly steps: number }
  | { readonly type: "lock.waiting"; readonly holder: string; readonly waitedMs: number }
  | { readonly type: "lock.taken_over"; readonly holder: string }
  | { readonly type: "apply.started"; readonly steps: readonly StepRef[] }
  /** `lastMs`: how long the last step of its sort took; absent where nobody knows. */
  | ({ readonly type: "apply.step.started"; readonly lastMs?: number } & StepRef)
  | ({ readonly type: "apply.step.progress"; readonly text: string; readonly elapsedMs: number } & StepRef)
  | ({ readonly type: "apply.step.log"; readonly line: string } & StepRef)
  | ({ readonly type: "apply.step.retrying"; readonly attempt: number; readonly text: string } & StepRef)
  | ({ readonly type: "apply.step.completed"; readonly elapsedMs: number } & StepRef)
  | ({ readonly type: "apply.step.failed"; readonly elapsedMs: number; readonly error: ErrorDocument } & StepRef)
  | ({ readonly type: "apply.step.interrupted"; readonly elapsedMs: number } & StepRef)
  | ({ readonly type: "apply.step.skipped"; readonly because: string; readonly text: string } & StepRef)
  | { readonly type: "interrupt.received"; readonly stage: 1 | 2; readonly signal: string }
  | { readonly type: "sync.worker"; readonly slot: number; readonly state: string; readonly text: string }
  /** `sync --watch` brought code into a worker. Names are escaped. */
  | {
      readonly type: "sync.pushed";
      readonly slot: number;
      readonly text: string;
      readonly changes: readonly { readonly path: string; readonly change: string }[];
    }
  /** Work of the worker's own stands in the way. */
  | { readonly type: "sync.waits"; readonly slot: number; readonly text: string; readonly next: readonly string[] }
  | { readonly type: "sync.idle"; readonly text: string }
  /** `slot` null: of this host. */
  | { readonly type: "sync.failed"; readonly slot: number | null; readonly error: ErrorDocument }
  | ({ readonly type: "back.changed"; readonly slot: number } & BackEventChange)
  | { readonly type: "back.idle"; readonly slot: number; readonly text: string }
  | { readonly type: "back.failed"; readonly slot: number; readonly error: ErrorDocument }
  | {
      readonly type: "run.worker";
      readonly slot: number;
      /** Of a task list: the task. */
      readonly task?: string;
      readonly state: string;
      /** The last thing that it did or said. */
      readonly text: string;
      /** Of its run so far, where the agent tells. */
      readonly tokens?: number;
      readonly costUsd?: number;
    }
  | { readonly type: "log"; readonly level: "info" | "warning"; readonly text: string }
  | { readonly type: "run.completed"; readonly verdict: string; readonly exitCode: number; readonly elapsedMs: number };

/** One file of a worker in a pull: what became of it on the host. The name is escaped. */
export interface BackEventChange {
  readonly path: string;
  readonly change: string;
  readonly status: string;
  readonly why: string;
}

export interface StepRef {
  readonly step: string;
  readonly verb: string;
  readonly address: string;
  readonly instance: string;
}

export type LimaformEvent = EventBody & {
  readonly v: 1;
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Id of this invocation. */
  readonly run: string;
};

export type Emit = (body: EventBody) => void;

/** An error as documents and events carry it. */
export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: Json;
}
