import type { LimaformEvent } from "../../events/event.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { clockOf } from "./sync-back.js";

/** Most files that one line names; the event has all. */
const SHOWN = 5;

type Of<T extends LimaformEvent["type"]> = Extract<LimaformEvent, { readonly type: T }>;

/** One push of `sync --watch`, with its time. */
export function pushedLine({ slot, text, changes }: Of<"sync.pushed">, at: string, paint: Paint): string {
  const names = changes.slice(0, SHOWN).map(({ path }) => escapeLine(path));
  const more = changes.length > SHOWN ? ` … and ${changes.length - SHOWN} more` : "";
  const files = names.length === 0 ? "" : `: ${names.join(" ")}${more}`;
  return `${paint.dim(clockOf(at))}  worker ${slot}  ${paint.good("✓")} ${escapeLine(text)}${files}`;
}

/** What stands in the way, and what to do about it. */
export function waitsLines({ slot, text, next }: Of<"sync.waits">, at: string, paint: Paint): readonly string[] {
  return [
    `${paint.dim(clockOf(at))}  worker ${slot}  ${paint.warn("!")} ${escapeLine(text)}`,
    ...next.map((command) => `  → ${escapeLine(command)}`),
  ];
}
