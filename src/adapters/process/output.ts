import { StringDecoder } from "node:string_decoder";

/** A line that never ends is handed out in pieces of this many characters. */
const LONGEST_LINE = 16 * 1024;

/** Collects the output of one stream up to a limit; what is beyond it is counted as cut and dropped. */
export interface Collector {
  add(chunk: Uint8Array): void;
  bytes(): Uint8Array;
  isCut(): boolean;
}

export function collectUpTo(maxBytes: number): Collector {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let cut = false;
  return {
    add(chunk) {
      const room = maxBytes - kept;
      if (chunk.length > room) cut = true;
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      if (part.length === 0) return;
      chunks.push(part);
      kept += part.length;
    },
    bytes: () => Buffer.concat(chunks),
    isCut: () => cut,
  };
}

/** Splits a byte stream into lines without their ends. `end` hands out an unfinished last line. */
export function splitLines(onLine: (line: string) => void): { add(chunk: Uint8Array): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const feed = (text: string): void => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) onLine(part.endsWith("\r") ? part.slice(0, -1) : part);
    while (rest.length > LONGEST_LINE) {
      onLine(rest.slice(0, LONGEST_LINE));
      rest = rest.slice(LONGEST_LINE);
    }
  };
  return {
    add: (chunk) => feed(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end: () => {
      feed(decoder.end());
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
