/* Effects: keeps the output of runs on the host, appended as it comes. */
import { appendFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { StoreError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";

export type Stream = "stdout" | "stderr";

/** Most of one stream that is kept on the host; a worker may write without end. Units: bytes. */
export const OUTPUT_LIMIT = 256 * 1024 * 1024;

/** Size of what is here already: the offset to go on from. */
export async function outputSize(folder: string, stream: Stream): Promise<number> {
  try {
    return (await stat(join(folder, `${stream}.log`))).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}

export async function appendOutput(folder: string, stream: Stream, bytes: Uint8Array): Promise<void> {
  const file = join(folder, `${stream}.log`);
  try {
    await appendFile(file, bytes, { mode: 0o600 });
  } catch (error) {
    throw new StoreError("STORE_FAILED", `The output of the run could not be written to ${file}`, {
      hint: `Look at the space left: df -h ${folder}`,
      details: { path: file, operation: "append" },
      cause: error,
    });
  }
}

const LONGEST_LINE = 16 * 1024;

/** Cuts a stream that comes in pieces into escaped lines. `end` hands out what has no line end. */
export function createLines(onLine: (line: string) => void): { add(bytes: Buffer): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    add(bytes) {
      const parts = (rest + decoder.write(bytes)).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) onLine(escapeLine(part.slice(0, LONGEST_LINE).replace(/\r$/u, "")));
      if (rest.length > LONGEST_LINE) rest = rest.slice(-LONGEST_LINE);
    },
    end() {
      rest += decoder.end();
      if (rest !== "") onLine(escapeLine(rest));
      rest = "";
    },
  };
}
