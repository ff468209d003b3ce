import type { LimaformEvent } from "../../events/event.js";
import { escapeLine } from "../../util/escape.js";

/** Something under way: a step of an apply, or a run on one worker. */
export interface Row {
  readonly key: string;
  readonly label: string;
  readonly startedMs: number;
  /** Last progress in words; may be empty. */
  readonly text: string;
  /** Of a run: its state, where that is more than that it works. */
  readonly state?: string;
  /** Of a run: tokens and cost so far. */
  readonly usage?: string;
  /** How long its like took last time; absent where nobody knows. */
  readonly lastMs?: number;
}

/** What the live view shows, as a fold of the event stream. Shape: `rows` in the order in which they started. */
export interface Progress {
  readonly total: number;
  readonly ended: number;
  readonly rows: readonly Row[];
}

export const NO_PROGRESS: Progress = { total: 0, ended: 0, rows: [] };

/** States after which a worker's run is over. `unreachable` is not one: it may still be at work in there. */
export const ENDED_STATES: ReadonlySet<string> = new Set(["done", "failed", "cancelled", "lost"]);

/** Next state of the fold. `nowMs` is the view's own time, so that elapsed time never depends on a wall clock. */
export function foldProgress(progress: Progress, event: LimaformEvent, nowMs: number): Progress {
  switch (event.type) {
    case "apply.started":
      return { ...NO_PROGRESS, total: event.steps.length };
    case "apply.step.started":
      return add(progress, {
        ...{ key: event.step, label: stepLabel(event), startedMs: nowMs, text: "" },
        ...(event.lastMs === undefined ? {} : { lastMs: event.lastMs }),
      });
    case "apply.step.progress":
      return say(progress, event.step, event.text);
    case "apply.step.retrying":
      return say(progress, event.step, `try ${event.attempt}: ${event.text}`);
    case "apply.step.completed":
    case "apply.step.failed":
    case "apply.step.interrupted":
    case "apply.step.skipped":
      return end(progress, event.step);
    case "run.worker":
      return foldWorker(progress, event.slot, event, nowMs);
    default:
      return progress;
  }
}

/** `54 % of last time`; nothing where there was none worth comparing with. */
export function shareText(elapsedMs: number, lastMs: number | undefined): string {
  if (lastMs === undefined || lastMs < SHARE_FROM_MS) return "";
  return `${Math.round((100 * elapsedMs) / lastMs)} % of last time`;
}

const SHARE_FROM_MS = 5_000;

export function stepLabel(step: { readonly verb: string; readonly address: string }): string {
  return `${step.verb.replaceAll("_", " ")} ${step.address}`;
}

function foldWorker(progress: Progress, slot: number, event: RunWorkerEvent, nowMs: number): Progress {
  const key = `worker ${slot}`;
  const label = event.task === undefined ? key : `${key} ${escapeLine(event.task)}`;
  if (ENDED_STATES.has(event.state)) return end(progress, key);
  const known = progress.rows.find((row) => row.key === key);
  const isSame = known?.label === label;
  const usage = usageText(event) ?? (isSame ? known?.usage : undefined);
  const row: Row = {
    ...{ key, label, startedMs: isSame ? known.startedMs : nowMs, text: escapeLine(event.text) },
    ...(event.state === "working" || event.state === event.text ? {} : { state: event.state.replaceAll("_", " ") }),
    ...(usage === undefined ? {} : { usage }),
  };
  // By slot: a worker that takes its next task stays where it stands.
  const rows = [...progress.rows.filter((other) => other.key !== key), row];
  return { ...progress, rows: rows.sort((left, right) => slotOf(left) - slotOf(right)) };
}

type RunWorkerEvent = Extract<LimaformEvent, { readonly type: "run.worker" }>;

const slotOf = ({ key }: Row): number => Number(/^worker (\d+)$/.exec(key)?.[1] ?? 0);

/** `12.3k tokens, $0.05`; undefined where the event tells of neither. */
function usageText({ tokens, costUsd }: RunWorkerEvent): string | undefined {
  const parts = [
    ...(tokens === undefined ? [] : [`${tokens < 1_000 ? tokens : `${(tokens / 1_000).toFixed(1)}k`} tokens`]),
    ...(costUsd === undefined ? [] : [`$${costUsd.toFixed(2)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}

function add(progress: Progress, row: Row): Progress {
  return { ...progress, rows: [...progress.rows.filter((other) => other.key !== row.key), row] };
}

function say(progress: Progress, key: string, text: string): Progress {
  return {
    ...progress,
    rows: progress.rows.map((row) => (row.key === key ? { ...row, text: escapeLine(text) } : row)),
  };
}

function end(progress: Progress, key: string): Progress {
  return { ...progress, ended: progress.ended + 1, rows: progress.rows.filter((row) => row.key !== key) };
}
