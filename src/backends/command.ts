import type { StreamReader } from "./stream-event.js";

/** Any command: its lines are its text; the exit code alone says how it ended, and there is neither usage nor cost. */
export function createCommandReader(): StreamReader {
  return {
    readLine: (line) => (line.trim() === "" ? [] : [{ type: "text", text: line }]),
    end: () => [],
  };
}
