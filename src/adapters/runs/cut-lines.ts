const NEWLINE = 10;

/** Cuts bytes that come in pieces into lines. */
export interface Cutter {
  add(chunk: Buffer): readonly string[];
  /** Bytes of a line that has not ended yet. */
  waiting(): number;
  /** That line. */
  end(): readonly string[];
}

/**
 * Beyond `longest` a line is cut into pieces, or left out where half of it says nothing (`isWhole`). Memory is bounded by
 * `longest` and the size of the pieces that come.
 */
export function createCutter(longest: number, isWhole: boolean): Cutter {
  let rest = Buffer.alloc(0);
  let isSkipping = false;
  const linesOf = (data: Buffer): readonly string[] => {
    const lines = data.toString("utf8").split("\n");
    const whole = isSkipping ? lines.slice(1) : lines;
    isSkipping = false;
    return whole.flatMap((line) => (line.length <= longest ? [line] : isWhole ? [] : piecesOf(line, longest)));
  };
  return {
    waiting: () => (isSkipping ? 0 : rest.length),
    add(chunk) {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const last = data.lastIndexOf(NEWLINE);
      const lines = last === -1 ? [] : linesOf(data.subarray(0, last));
      rest = Buffer.from(data.subarray(last + 1));
      if (rest.length <= longest) return lines;
      if (isWhole) isSkipping = true;
      const pieces = isWhole ? [] : piecesOf(rest.toString("utf8"), longest);
      rest = Buffer.alloc(0);
      return [...lines, ...pieces];
    },
    end() {
      const lines = linesOf(rest);
      rest = Buffer.alloc(0);
      return lines;
    },
  };
}

function piecesOf(text: string, size: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}
