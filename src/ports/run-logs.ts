import type { RunPart } from "../util/run-part.js";

/** `transcript`: what people read. The others: the raw streams as they came. */
export type LogKind = "transcript" | "stdout" | "stderr";

/** Output of runs as it lies on this host. Nothing here asks a worker, and memory does not grow with the output. */
export interface RunLogs {
  /**
   * Whole lines from an offset on, in batches; a last line without end counts where the run has ended. The next batch is
   * read when the promise of the one before it resolves. Returns the offset to go on from. Units: bytes.
   */
  read(
    part: RunPart,
    range: { readonly kind: LogKind; readonly from: number; readonly isEnded: boolean },
    onLines: (lines: readonly string[]) => Promise<void>,
  ): Promise<number>;
  /** The same without lines: bytes as they are. */
  readBytes(
    part: RunPart,
    range: { readonly kind: LogKind; readonly from: number },
    onBytes: (bytes: Uint8Array) => Promise<void>,
  ): Promise<number>;
  /** Offset of the last `lines` lines. For transcripts, lines that tell the time do not count. */
  tail(part: RunPart, range: { readonly kind: LogKind; readonly lines: number }): Promise<number>;
}
