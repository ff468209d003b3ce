import type { LimaformEvent } from "../../events/event.js";
import { escapeLine } from "../../util/escape.js";
import type { Output } from "../output.js";
import { paintFor } from "../paint.js";
import { type Detail, lastingLines, whose } from "./event-lines.js";
import { ENDED_STATES, shareText, stepLabel } from "./progress.js";
import { formatElapsed } from "./units.js";

/** A view that follows the event stream until it is closed. */
export interface ProgressView {
  onEvent(event: LimaformEvent): void;
  /** Removes what is only drawn for the moment, so that something else can be printed. */
  clear(): void;
  /** The last call: nothing is drawn afterwards. */
  close(): void;
}

const REPEAT_MS = 30_000;

/** For logs and pipes: a line when a step starts and ends, and while it runs at most one every 30 s. */
export function plainProgress(output: Output, detail: Detail): ProgressView {
  const paint = paintFor(output);
  const saidMs = new Map<string, number>();
  const lastMs = new Map<string, number>();
  const started = (event: LimaformEvent): readonly string[] => {
    if (detail === "quiet") return [];
    if (event.type === "apply.step.started") {
      if (event.lastMs !== undefined) lastMs.set(event.step, event.lastMs);
      return [`  ${stepLabel(event)} started`];
    }
    if (event.type === "run.worker" && !ENDED_STATES.has(event.state))
      return once(`${whose(event)} ${event.state.replaceAll("_", " ")}`);
    if (event.type !== "apply.step.progress") return [];
    if (event.elapsedMs - (saidMs.get(event.step) ?? 0) < REPEAT_MS) return [];
    saidMs.set(event.step, event.elapsedMs);
    const share = shareText(event.elapsedMs, lastMs.get(event.step));
    const time = [formatElapsed(event.elapsedMs), ...(share === "" ? [] : [share])].join(", ");
    return [`  ${stepLabel(event)} ${time}: ${escapeLine(event.text)}`];
  };
  const once = (text: string): readonly string[] => {
    if (saidMs.has(text)) return [];
    saidMs.set(text, 0);
    return [`  ${text}`];
  };
  return {
    onEvent: (event) => {
      for (const line of [...started(event), ...lastingLines(event, detail, paint)]) output.write(`${line}\n`);
    },
    clear: () => {},
    close: () => {},
  };
}
