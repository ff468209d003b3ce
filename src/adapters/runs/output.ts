/* Effects: keeps the output of runs on the host, written as it comes. */
import { constants, type FileHandle, open, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { StoreError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import { codeOf } from "../host/files.js";

export type Stream = "stdout" | "stderr";

/** Most of one stream that is kept on the host; a worker may write without end. Units: bytes. */
export const OUTPUT_LIMIT = 256 * 1024 * 1024;

/** Size of what is here already: the offset to go on from. */
export const outputSize = (folder: string, stream: Stream): Promise<number> => sizeOf(join(folder, `${stream}.log`));

/** 0 where there is no such file. */
export async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  }
}

/** For reading; null where there is no such file. */
export async function openOrNull(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Writes a piece at its own place, so that two who bring the same piece (a run that is followed twice) write the same file.
 */
export async function writeOutput(folder: string, stream: Stream, bytes: Uint8Array, offset: number): Promise<void> {
  const file = join(folder, `${stream}.log`);
  try {
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT, 0o600);
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw notWritten(folder, file, error);
  }
}

/** The whole of a hook's log; an older one of the same run goes. */
export async function keepHookLog(folder: string, name: "pre_run" | "check", bytes: Uint8Array): Promise<void> {
  const file = join(folder, `${name}.log`);
  try {
    await writeFile(file, bytes, { mode: 0o600 });
  } catch (error) {
    throw notWritten(folder, file, error);
  }
}

function notWritten(folder: string, file: string, cause: unknown): StoreError {
  return new StoreError("STORE_FAILED", `The output of the run could not be written to ${file}`, {
    hint: `Look at the space left: df -h ${folder}`,
    details: { path: file, operation: "write" },
    cause,
  });
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
