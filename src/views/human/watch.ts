import type { Output } from "../output.js";
import { cutTo } from "./width.js";

/**
 * Shows a text again and again. On a terminal in one place, of which only changed lines are written over; elsewhere the
 * text once more when it changed. The text holds no escape codes.
 */
export function watchView(output: Output): (text: string) => void {
  let before: readonly string[] = [];
  let columns = 0;
  let last = "";
  const inPlace = (text: string): void => {
    const lines = text
      .trimEnd()
      .split("\n")
      .slice(0, Math.max(1, output.rows() - 1))
      .map((line) => cutTo(line, Math.max(1, output.columns() - 1)));
    if (lines.length !== before.length || columns !== output.columns()) {
      const up = before.length === 0 ? "" : `\u001b[${before.length}A\r\u001b[J`;
      output.write(up + lines.map((line) => `${line}\n`).join(""));
    } else {
      const changed = lines.map((line, index) => {
        const rows = lines.length - index;
        return line === before[index] ? "" : `\u001b[${rows}A\r${line}\u001b[K\u001b[${rows}B\r`;
      });
      if (changed.join("") !== "") output.write(changed.join(""));
    }
    before = lines;
    columns = output.columns();
  };
  return (text) => {
    if (output.isTerminal) inPlace(text);
    else if (text !== last) output.write(last === "" ? text : `\n${text}`);
    last = text;
  };
}
