import type { LimaformEvent } from "../events/event.js";

/** One line of `--events FILE`. */
export function renderEventLine(event: LimaformEvent): string {
  return `${JSON.stringify(event)}\n`;
}
