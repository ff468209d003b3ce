/** A stream that a view may write to. Views get it handed in and ask it before they use colour or the cursor. */
export interface Output {
  write(text: string): void;
  /** Bytes as they are; resolves like `drained`. */
  writeBytes(bytes: Uint8Array): Promise<void>;
  /** Resolves once the reader keeps up: what is written before that waits in memory. */
  drained(): Promise<void>;
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  /** Width now; changes when the user resizes the window. Terminals only, else 100. */
  columns(): number;
  rows(): number;
}

/** Time as a view needs it: elapsed milliseconds from any start, and a repeated call that can be ended. */
export interface Ticker {
  nowMs(): number;
  /** Returns the function that ends it. The timer never keeps the process alive. */
  every(ms: number, call: () => void): () => void;
}
