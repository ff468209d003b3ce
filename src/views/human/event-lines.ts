import type { ErrorDocument, LimaformEvent } from "../../events/event.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { stepLabel } from "./progress.js";
import { backLine, clockOf } from "./sync-back.js";
import { pushedLine, waitsLines } from "./sync-watch.js";
import { formatElapsed } from "./units.js";

/** How much the lines tell. `quiet`: problems only. `verbose`: also the logs of builds and hooks. */
export type Detail = "quiet" | "normal" | "verbose";

/** Lines that an event leaves for good, on a terminal and elsewhere alike; none for most events. */
export function lastingLines(event: LimaformEvent, detail: Detail, paint: Paint): readonly string[] {
  const lines = problemLines(event, paint);
  if (lines.length > 0 || detail === "quiet") return lines;
  switch (event.type) {
    case "apply.step.completed":
      return [`${paint.good("✓")} ${stepLabel(event)} ${paint.dim(`done in ${formatElapsed(event.elapsedMs)}`)}`];
    case "apply.step.log":
      return detail === "verbose" ? [paint.dim(`  ${event.address} | ${escapeLine(event.line)}`)] : [];
    case "log":
      return [paint.dim(escapeLine(event.text))];
    case "run.worker":
      return event.state === "done" ? [`${paint.good("✓")} ${whose(event)} ${withText("done", event.text)}`] : [];
    case "back.changed":
      return [backLine(event, event.at, paint)];
    case "sync.pushed":
      return [pushedLine(event, event.at, paint)];
    case "sync.idle":
      return [paint.dim(`${clockOf(event.at)}  ${escapeLine(event.text)}`)];
    case "back.idle":
      return [paint.dim(`${clockOf(event.at)}  worker ${event.slot}  ${escapeLine(event.text)}`)];
    case "lock.waiting":
      return event.waitedMs === 0 ? [`waiting for the lock of ${escapeLine(event.holder)}`] : [];
    default:
      return [];
  }
}

function problemLines(event: LimaformEvent, paint: Paint): readonly string[] {
  switch (event.type) {
    case "apply.step.failed":
      return failure(`${stepLabel(event)} failed after ${formatElapsed(event.elapsedMs)}`, event.error, paint);
    case "apply.step.interrupted":
      return [`${paint.warn("!")} ${stepLabel(event)} interrupted after ${formatElapsed(event.elapsedMs)}`];
    case "apply.step.skipped":
      return [`${paint.warn("-")} ${stepLabel(event)} skipped: ${escapeLine(event.text)}`];
    case "apply.step.retrying":
      return [`${paint.warn("!")} ${stepLabel(event)} tried again (${event.attempt}): ${escapeLine(event.text)}`];
    case "lock.taken_over":
      return [`${paint.warn("!")} took over the lock of ${escapeLine(event.holder)}, which has ended`];
    case "interrupt.received":
      return [paint.warn(INTERRUPTS[event.stage])];
    case "log":
      return event.level === "warning" ? [`${paint.warn("warning:")} ${escapeLine(event.text)}`] : [];
    case "back.changed":
      return event.status === "taken" ? [] : [backLine(event, event.at, paint)];
    case "back.failed":
      return failure(`${clockOf(event.at)}  worker ${event.slot}`, event.error, paint);
    case "sync.waits":
      return waitsLines(event, event.at, paint);
    case "sync.failed": {
      const who = event.slot === null ? "" : `  worker ${event.slot}`;
      return failure(`${clockOf(event.at)}${who}`, event.error, paint);
    }
    case "run.worker":
      return FAILED.has(event.state) ? [`${paint.bad("✗")} ${whose(event)} ${withText(event.state, event.text)}`] : [];
    default:
      return [];
  }
}

/** Which worker, and which task it is at. */
export const whose = ({ slot, task }: { readonly slot: number; readonly task?: string }): string =>
  task === undefined ? `worker ${slot}` : `worker ${slot} task ${escapeLine(task)}`;

const FAILED: ReadonlySet<string> = new Set(["failed", "unreachable", "cancelled", "lost"]);
const withText = (state: string, text: string): string => {
  const words = state.replaceAll("_", " ");
  return text === "" ? words : `${words}: ${escapeLine(text)}`;
};

const INTERRUPTS = {
  1: "Interrupted: nothing new is started, what must finish finishes. Interrupt again to stop everything at once.",
  2: "Interrupted again: stopping everything. The next apply continues from what is there.",
} as const;

function failure(what: string, error: ErrorDocument, paint: Paint): readonly string[] {
  // The end of the log and what to do stand in the summary at the end; here one line says what happened when.
  return [`${paint.bad("✗")} ${what}: ${escapeLine(error.message.split("\n")[0] ?? "")}`];
}
