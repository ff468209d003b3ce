import { readFileSync } from "node:fs";
import type { LimaformEvent } from "../../../src/events/event.js";

/** A recorded event stream of `test/golden/events/`. */
export function recorded(name: string): readonly LimaformEvent[] {
  const text = readFileSync(new URL(`../../golden/events/${name}.ndjson`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LimaformEvent);
}
