import type { Paint } from "../paint.js";
import { padTo, widthOf } from "./width.js";

/**
 * Rows under headings, columns two spaces apart, no trailing spaces. The cells hold no escape codes; `paintCell` adds them.
 *
 * Shape: every row has as many cells as there are headings.
 */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
  paintCell: (padded: string, column: number, row: number) => string = (padded) => padded,
): string {
  const widths = headings.map((heading, column) =>
    Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[column] ?? ""))),
  );
  const line = (cells: readonly string[], each: (padded: string, column: number) => string): string =>
    cells
      .map((cell, column) => each(column === cells.length - 1 ? cell : padTo(cell, widths[column] ?? 0), column))
      .join("  ")
      .trimEnd();
  return [
    line(headings, (padded) => paint.dim(padded)),
    ...rows.map((row, index) => line(row, (padded, column) => paintCell(padded, column, index))),
  ]
    .map((text) => `${text}\n`)
    .join("");
}
