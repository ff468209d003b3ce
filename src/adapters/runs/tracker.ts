/* Effects: reads what is kept of a run's output on the host. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { StreamReader } from "../../backends/stream-event.js";
import { createSummarizer, EMPTY_SUMMARY, type StreamSummary } from "../../runs/stream-summary.js";
import { createCutter } from "./cut-lines.js";
import { outputSize } from "./output.js";

/** What the kept output of a run says so far, whoever brought it here. */
export interface Tracker {
  /** Reads what is there beyond what was read. */
  catchUp(): Promise<void>;
  /** `isWhole`: no more output comes. */
  summary(isWhole: boolean): StreamSummary;
}

/** A longer line is no event of any agent. Units: bytes. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** `reader` null: a command, whose output says nothing of its state. */
export async function openTracker(folder: string, reader: StreamReader | null): Promise<Tracker> {
  if (reader === null) return { catchUp: async () => {}, summary: () => EMPTY_SUMMARY };
  const summarizer = createSummarizer(reader);
  const streams = (["stdout", "stderr"] as const).map((stream) => ({
    ...{ stream, cutter: createCutter(LONGEST_LINE, true), offset: 0 },
  }));
  const read = async () => {
    for (const one of streams) {
      const size = await outputSize(folder, one.stream);
      if (size <= one.offset) continue;
      const range = { start: one.offset, end: size - 1 };
      for await (const chunk of createReadStream(join(folder, `${one.stream}.log`), range)) {
        one.offset += (chunk as Buffer).length;
        for (const line of one.cutter.add(chunk as Buffer)) summarizer.add(line.replace(/\r$/u, ""), one.stream);
      }
    }
  };
  let reading = Promise.resolve();
  return {
    // One after another: each byte counts once.
    catchUp() {
      reading = reading.then(read, read);
      return reading;
    },
    summary: (isWhole) => (isWhole ? summarizer.atEnd() : summarizer.now()),
  };
}
