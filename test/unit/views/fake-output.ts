import type { Output, Ticker } from "../../../src/views/output.js";

/** A stream that keeps what was written, with a window that a test can resize. */
export class FakeOutput implements Output {
  text = "";
  width = 80;
  height = 24;
  constructor(
    readonly isTerminal = false,
    readonly hasColour = false,
  ) {}
  write(text: string): void {
    this.text += text;
  }
  async writeBytes(bytes: Uint8Array): Promise<void> {
    this.text += Buffer.from(bytes).toString("utf8");
  }
  async drained(): Promise<void> {}
  columns(): number {
    return this.width;
  }
  rows(): number {
    return this.height;
  }
}

/** Time that moves when a test says so. */
export class FakeTicker implements Ticker {
  private ms = 0;
  private readonly calls = new Set<() => void>();
  nowMs(): number {
    return this.ms;
  }
  every(_ms: number, call: () => void): () => void {
    this.calls.add(call);
    return () => this.calls.delete(call);
  }
  pass(ms: number): void {
    this.ms += ms;
    for (const call of this.calls) call();
  }
}

/** What a terminal shows after the text: understands the cursor movements that our views use, and wraps at the width. */
export function screenOf(text: string, width: number): readonly string[] {
  const rows: string[] = [""];
  let row = 0;
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the sequences of a terminal
  for (const [token] of text.matchAll(/\u001b\[(\d*)([A-Za-z])|[\s\S]/gu)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the same
    const command = /^\u001b\[(\d*)([ABJKm])$/.exec(token);
    if (command?.[2] === "A") row = Math.max(0, row - Number(command[1]));
    else if (command?.[2] === "B") row = Math.min(Math.max(0, rows.length - 1), row + Number(command[1]));
    else if (command?.[2] === "K") rows[row] = (rows[row] ?? "").slice(0, column);
    else if (command?.[2] === "J") rows.splice(row, Number.POSITIVE_INFINITY, (rows[row] ?? "").slice(0, column));
    else if (command !== null) continue;
    else if (token === "\r") column = 0;
    else if (token === "\n" || column >= width) {
      row += 1;
      column = 0;
      rows[row] ??= "";
    }
    if (token !== "\n" && token !== "\r" && command === null) {
      rows[row] = (rows[row] ?? "").slice(0, column).padEnd(column) + token;
      column += 1;
    }
  }
  return rows;
}
