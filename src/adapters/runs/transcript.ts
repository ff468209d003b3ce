/* Effects: writes the readable transcript of a run beside its raw output, `transcript.log`. */
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { StreamReader } from "../../backends/stream-event.js";
import type { Clock, Store } from "../../ports/host.js";
import { createTranscriptWriter, SIGNS, type TranscriptWriter } from "../../runs/transcript.js";
import { validate } from "../../util/validator.js";
import { createCutter } from "./cut-lines.js";
import { OUTPUT_LIMIT, openOrNull, outputSize, type Stream, sizeOf } from "./output.js";

/** How far the transcript is: offsets in the raw files up to which it tells them, and its own size then. Units: bytes. */
interface Progress {
  readonly stdout: number;
  readonly stderr: number;
  readonly written: number;
}

const START: Progress = { stdout: 0, stderr: 0, written: 0 };
const CHUNK_BYTES = 1024 * 1024;
/** A line of an agent's stream may hold a whole file; what is longer is left out. Units: bytes. */
const LONGEST_EVENT = 8 * 1024 * 1024;
/** A command's line is cut into pieces of this size. Units: characters. */
const LONGEST_LINE = 16 * 1024;
/** Most of a transcript: one line a byte would make it twice the raw output, and escapes more. Units: bytes. */
export const TRANSCRIPT_LIMIT = 512 * 1024 * 1024;

export interface TranscriptParts {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  /** Path of the run's folder in the state folder. */
  readonly folder: string;
  /** null: a plain command. */
  readonly createReader: (() => StreamReader) | null;
}

export interface Transcript {
  /** Tells what the raw files hold beyond what it has told. `isEnded`: a last line without end counts too. */
  catchUp(options: { readonly isEnded: boolean }): Promise<void>;
}

/**
 * For one writer at a time. What a crash left is repaired: the file is cut back to where its note is, and goes on from
 * there. Memory is bounded by the longest line, not by the output.
 */
export async function openTranscript(parts: TranscriptParts): Promise<Transcript> {
  const folder = await parts.store.folder(parts.folder);
  const note = `${parts.folder}/transcript.json`;
  const file = join(folder, "transcript.log");
  let progress = await readProgress(parts.store, note);
  if (progress.written > (await sizeOf(file))) progress = START;
  if ((await sizeOf(file)) > progress.written) await truncate(file, progress.written);
  const writer = createTranscriptWriter(parts.createReader?.() ?? null);
  const isAgent = parts.createReader !== null;
  if (isAgent) await replay(folder, progress, writer);

  return {
    async catchUp({ isEnded }) {
      if (!(await hasMore(folder, progress))) return;
      const out = await open(file, "a", 0o600);
      try {
        let written = progress.written;
        const put = async (lines: readonly string[]): Promise<void> => {
          if (lines.length === 0 || written > TRANSCRIPT_LIMIT) return;
          const text = lines.map((line) => `${line}\n`).join("");
          const isLast = written + Buffer.byteLength(text) > TRANSCRIPT_LIMIT;
          const bytes = Buffer.from(isLast ? `${SIGNS.note}${CUT_TRANSCRIPT}\n` : text);
          await out.writeFile(bytes);
          written = isLast ? TRANSCRIPT_LIMIT + 1 : written + bytes.length;
        };
        const time = timeOnce(parts.clock.now());
        const offsets = { stdout: progress.stdout, stderr: progress.stderr };
        for (const stream of ["stdout", "stderr"] as const) {
          await eachBatch(
            join(folder, `${stream}.log`),
            { from: offsets[stream], isEnded, isAgent },
            async (lines, end) => {
              const told = lines.flatMap((line) => writer.add(line, stream));
              if (told.length > 0) await put([...time(), ...told]);
              offsets[stream] = end;
            },
          );
          const isFull = progress[stream] < OUTPUT_LIMIT && (await outputSize(folder, stream)) >= OUTPUT_LIMIT;
          if (isFull) await put([`${SIGNS.note}${cutOutput(stream)}`]);
        }
        progress = { ...offsets, written: Math.min(written, (await out.stat()).size) };
      } finally {
        await out.close();
      }
      await parts.store.writeText(note, `${JSON.stringify(progress)}\n`);
    },
  };
}

const CUT_TRANSCRIPT =
  "limaform: the transcript ends here because it is too long; the raw output goes on: limaform logs --raw";
const cutOutput = (stream: Stream): string =>
  `limaform: ${stream} is cut here at ${OUTPUT_LIMIT / 1024 / 1024} MiB; what came after is in the worker alone`;

/** The time line, once. */
function timeOnce(now: string): () => readonly string[] {
  let isSaid = false;
  return () => {
    if (isSaid) return [];
    isSaid = true;
    return [`${SIGNS.time}${now}`];
  };
}

/** A reader adds up what it has seen, so a new one is shown what the old one saw. */
async function replay(folder: string, progress: Progress, writer: TranscriptWriter): Promise<void> {
  for (const stream of ["stdout", "stderr"] as const) {
    const range = { from: 0, to: progress[stream], isEnded: true, isAgent: true };
    await eachBatch(join(folder, `${stream}.log`), range, async (lines) => {
      for (const line of lines) writer.add(line, stream);
    });
  }
}

interface Range {
  readonly from: number;
  readonly to?: number;
  readonly isEnded: boolean;
  readonly isAgent: boolean;
}

/** Whole lines from an offset on, in batches; `end` is the offset after the last of them. */
async function eachBatch(
  file: string,
  { from, to = Infinity, isEnded, isAgent }: Range,
  onBatch: (lines: readonly string[], end: number) => Promise<void>,
): Promise<void> {
  const handle = await openOrNull(file);
  if (handle === null) return;
  const cut = createCutter(isAgent ? LONGEST_EVENT : LONGEST_LINE, isAgent);
  let offset = from;
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK_BYTES, to - offset), offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      const lines = cut.add(buffer.subarray(0, bytesRead));
      // What has no end yet is read again next time.
      if (lines.length > 0) await onBatch(lines, offset - cut.waiting());
    }
    if (isEnded && cut.waiting() > 0) await onBatch(cut.end(), offset);
  } finally {
    await handle.close();
  }
}

/** Whether the transcript in that folder of the state folder tells all of the raw output that is here. */
export async function isTold(store: Store, folder: string): Promise<boolean> {
  const progress = await readProgress(store, `${folder}/transcript.json`);
  const path = await store.folder(folder);
  return !(await hasMore(path, progress)) && (await sizeOf(join(path, "transcript.log"))) >= progress.written;
}

async function hasMore(folder: string, progress: Progress): Promise<boolean> {
  for (const stream of ["stdout", "stderr"] as const) {
    if ((await outputSize(folder, stream)) > progress[stream]) return true;
  }
  return false;
}

const COUNT = { type: "integer", minimum: 0 } as const;
export const PROGRESS_SCHEMA = {
  type: "object",
  required: ["stdout", "stderr", "written"],
  properties: { stdout: COUNT, stderr: COUNT, written: COUNT },
} as const;

/** A note that was cut off or damaged: the transcript is made anew. */
async function readProgress(store: Store, note: string): Promise<Progress> {
  const text = await store.readText(note);
  if (text === null) return START;
  const checked = validate<Progress>(PROGRESS_SCHEMA, parseOrNull(text));
  return checked.ok ? checked.value : START;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
