import type { UnlockDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";

type Lock = UnlockDocument["locks"][number];

const STATES = {
  dead: "has ended",
  alive: "is alive",
  unknown: "may be alive: nobody here can tell",
} as const;

/** One line a lock: what is held, by whom, since when, and whether that holder lives. */
export function renderLocks({ project, locks }: UnlockDocument, paint: Paint): string {
  if (locks.length === 0) return `Nothing of ${project} is locked.\n`;
  return locks
    .map((lock) => {
      const colour = lock.liveness === "dead" ? paint.dim : paint.warn;
      const what = lock.instance ?? `project ${project}`;
      return `  ${paint.bold(what)}  ${escapeLine(holderText(lock))}  ${colour(STATES[lock.liveness])}\n`;
    })
    .join("");
}

export function renderUnlocked({ project, locks }: UnlockDocument): string {
  return locks.map(({ instance }) => `Released: ${instance ?? `project ${project}`}.\n`).join("");
}

function holderText({ holder, path }: Lock): string {
  if (holder === null) return `${path} cannot be read`;
  return `${holder.operation} (pid ${holder.pid} on ${holder.host}), since ${holder.since}`;
}
