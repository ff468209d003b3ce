/*
 * limactl writes its log to stderr, one JSON object a line with `--log-format json`; programs that it starts (ssh,
 * qemu-img) write plain text to the same stream.
 */

export interface LogLine {
  /** `fatal`, `error`, `warning`, `info`; empty for text of other programs. */
  readonly level: string;
  readonly text: string;
}

/** Reads one line of stderr; null for an empty one. */
export function readLogLine(line: string): LogLine | null {
  const text = line.trim();
  if (text === "") return null;
  if (!text.startsWith("{")) return { level: "", text };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "msg" in value && typeof value.msg === "string") {
      const level = "level" in value && typeof value.level === "string" ? value.level : "";
      return { level, text: value.msg };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { level: "", text };
}

export function readLog(stderr: string): readonly LogLine[] {
  return stderr.split("\n").flatMap((line) => {
    const read = readLogLine(line);
    return read === null ? [] : [read];
  });
}
