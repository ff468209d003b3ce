import type { LimaformEvent } from "../../events/event.js";
import type { Output, Ticker } from "../output.js";
import { type Paint, paintFor } from "../paint.js";
import { type Detail, lastingLines } from "./event-lines.js";
import type { ProgressView } from "./plain-progress.js";
import { foldProgress, NO_PROGRESS, type Progress, shareText } from "./progress.js";
import { formatElapsed } from "./units.js";
import { cutTo, padTo, widthOf } from "./width.js";

const FRAME_MS = 200;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * For a terminal: what has ended stays as a line, what runs is drawn below with its elapsed time and last progress. Of
 * lines that stand where they stood only the changed ones are written over, in place, so that nothing flickers.
 *
 * Each drawn line is cut to the window, so that it takes one row; after the window got narrower the terminal may have
 * wrapped them, which is why erasing counts rows by the width of that moment.
 */
export function liveProgress(output: Output, ticker: Ticker, detail: Detail): ProgressView {
  const paint = paintFor(output);
  let progress: Progress = NO_PROGRESS;
  let drawn: readonly string[] = [];
  let drawnColumns = 0;
  let frame = 0;

  const erase = (): string => {
    const columns = Math.max(1, output.columns());
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    return rows === 0 ? "" : `\u001b[${rows}A\r\u001b[J`;
  };
  const draw = (lasting: readonly string[]): void => {
    const spinner = SPINNER[frame % SPINNER.length] ?? "";
    const next = detail === "quiet" ? [] : frameLines(progress, output, ticker.nowMs(), spinner);
    const isInPlace = lasting.length === 0 && next.length === drawn.length && output.columns() === drawnColumns;
    const head = isInPlace ? "" : erase() + lasting.map((line) => `${line}\n`).join("");
    const live = isInPlace
      ? changedLines(drawn, next, paint)
      : next.map((line) => `${paintLive(line, paint)}\n`).join("");
    drawn = next;
    drawnColumns = output.columns();
    if (head + live !== "") output.write(head + live);
  };
  const clear = (): void => {
    const erased = erase();
    drawn = [];
    if (erased !== "") output.write(erased);
  };
  const stop = ticker.every(FRAME_MS, () => {
    frame += 1;
    if (progress.rows.length > 0) draw([]);
  });
  return {
    onEvent: (event: LimaformEvent) => {
      progress = foldProgress(progress, event, ticker.nowMs());
      const lasting = lastingLines(event, detail, paint);
      if (lasting.length > 0 || event.type === "apply.step.started") draw(lasting);
    },
    clear,
    close: () => {
      stop();
      clear();
    },
  };
}

/** Lines without escape codes, each at most as wide as the window less one, all of them lower than the window. */
export function frameLines(progress: Progress, output: Output, nowMs: number, spinner: string): readonly string[] {
  if (progress.rows.length === 0) return [];
  const room = Math.max(1, output.rows() - 3);
  const shown = progress.rows.slice(0, room);
  const hidden = progress.rows.length - shown.length;
  const labelWidth = Math.max(...shown.map((row) => widthOf(row.label)));
  const rest = progress.total === 0 ? "" : `  ${progress.ended} of ${progress.total} steps ended`;
  const more = hidden === 0 ? rest : `  and ${hidden} more;${rest}`;
  const lines = shown.map((row) => {
    const elapsedMs = Math.max(0, nowMs - row.startedMs);
    const share = shareText(elapsedMs, row.lastMs);
    const rest = [row.state ?? "", share, row.usage ?? "", row.text].filter((text) => text !== "").join("  ");
    return `${spinner} ${padTo(row.label, labelWidth)} ${formatElapsed(elapsedMs).padStart(7)}  ${rest}`.trimEnd();
  });
  return [...lines, ...(more === "" ? [] : [more])].map((line) => cutTo(line, Math.max(1, output.columns() - 1)));
}

/** From below the last line: up to each line that differs, over it, and back. */
function changedLines(before: readonly string[], now: readonly string[], paint: Paint): string {
  return now
    .map((line, index) => {
      const rows = now.length - index;
      return line === before[index] ? "" : `\u001b[${rows}A\r${paintLive(line, paint)}\u001b[K\u001b[${rows}B\r`;
    })
    .join("");
}

const paintLive = (line: string, paint: Paint): string =>
  line.startsWith(" ") ? paint.dim(line) : paint.accent(line.slice(0, 1)) + line.slice(1);
