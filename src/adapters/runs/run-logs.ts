/* Effects: reads the output of runs on this host. */
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "../../ports/host.js";
import type { LogKind, RunLogs } from "../../ports/run-logs.js";
import { checkRunId } from "../../runs/run-id.js";
import { SIGNS } from "../../runs/transcript.js";
import { partName, type RunPart } from "../../util/run-part.js";
import { createCutter } from "./cut-lines.js";
import { openOrNull } from "./output.js";

const CHUNK_BYTES = 1024 * 1024;
/** What is longer is shown in pieces. Units: characters. */
const LONGEST_LINE = 1024 * 1024;
const NEWLINE = 10;
const TIME_SIGN = SIGNS.time.charCodeAt(0);

export function createRunLogs(store: Pick<Store, "root">): RunLogs {
  const fileOf = (part: RunPart, kind: LogKind): string =>
    join(store.root, "runs", checkRunId(part.run), partName(part), `${kind}.log`);
  return {
    async read(part, { kind, from, isEnded }, onLines) {
      const cut = createCutter(LONGEST_LINE, false);
      const end = await eachChunk(fileOf(part, kind), from, async (chunk) => {
        const lines = cut.add(chunk);
        if (lines.length > 0) await onLines(lines);
      });
      const waiting = cut.waiting();
      if (!isEnded || waiting === 0) return end - waiting;
      await onLines(cut.end());
      return end;
    },
    readBytes: (part, { kind, from }, onBytes) => eachChunk(fileOf(part, kind), from, onBytes),
    tail: (part, { kind, lines }) => tailOffset(fileOf(part, kind), lines, kind === "transcript"),
  };
}

async function eachChunk(file: string, from: number, onChunk: (chunk: Buffer) => Promise<void>): Promise<number> {
  const handle = await openOrNull(file);
  if (handle === null) return from;
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let offset = from;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) return offset;
      offset += bytesRead;
      await onChunk(Buffer.from(buffer.subarray(0, bytesRead)));
    }
  } finally {
    await handle.close();
  }
}

/** Looks for line ends from the end of the file backwards. */
async function tailOffset(file: string, wanted: number, skipsTimes: boolean): Promise<number> {
  const handle = await openOrNull(file);
  if (handle === null) return 0;
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const { size } = await handle.stat();
    let [found, lineEnd] = [0, size];
    for (let end = size; end > 0; end = Math.max(0, end - CHUNK_BYTES)) {
      const start = Math.max(0, end - CHUNK_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, end - start, start);
      for (let at = bytesRead - 1; at >= 0; at -= 1) {
        const place = start + at;
        if (buffer[at] !== NEWLINE || place === size - 1) continue;
        if (!(skipsTimes && (await firstByte(handle, place + 1)) === TIME_SIGN)) found += 1;
        if (found > wanted || (found === wanted && wanted > 0)) return place + 1;
        lineEnd = place;
      }
    }
    return wanted === 0 ? lineEnd : 0;
  } finally {
    await handle.close();
  }
}

async function firstByte(handle: FileHandle, offset: number): Promise<number | undefined> {
  const one = Buffer.alloc(1);
  await handle.read(one, 0, 1, offset);
  return one[0];
}
