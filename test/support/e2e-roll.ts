import { expect } from "vitest";
import type { ApplyDocument } from "../../src/app/app.js";
import type { LimaformEvent } from "../../src/events/event.js";
import type { Fleet } from "./e2e.js";
import { eventsIn, until } from "./e2e-limaform.js";

const LIMIT_MS = 1_000_000;

export interface Sampled {
  readonly document: ApplyDocument;
  /** Most and fewest workers that limactl listed at any time. */
  readonly most: number;
  readonly fewest: number;
  /** Fewest workers that were ready at any time. */
  readonly leastReady: number;
}

/** Applies, and looks at the workers all the while. `ready`: instances that are ready at the start. */
export async function startAndSample(fleet: Fleet, ready: readonly string[]): Promise<Sampled> {
  const events = fleet.scratch(`sampled-${performance.now()}.ndjson`);
  const applying = fleet.start("apply", "--yes", "--json", "--events", events);
  const counts: number[] = [];
  let isOver = false;
  const ended = applying.ended.finally(() => {
    isOver = true;
  });
  await until(
    "the roll is over",
    () => {
      counts.push(fleet.list().filter(({ name }) => name.includes("-worker-")).length);
      return isOver;
    },
    LIMIT_MS,
  );
  const { code, stdout, stderr } = await ended;
  expect(code, `${stdout}${stderr}`).toBe(0);
  return {
    document: JSON.parse(stdout) as ApplyDocument,
    most: Math.max(...counts),
    fewest: Math.min(...counts),
    leastReady: Math.min(...readyCounts(eventsIn(events), ready)),
  };
}

/** How many workers are ready after each event: from the end of a start to the beginning of what takes it away. */
function readyCounts(events: readonly LimaformEvent[], atStart: readonly string[]): readonly number[] {
  const ready = new Set(atStart);
  return events.map((event) => {
    const isTaken = event.type === "apply.step.started" && event.verb !== "start" && event.verb !== "create";
    if (isTaken && event.address.startsWith("worker.")) ready.delete(event.instance);
    const isBack = event.type === "apply.step.completed" && event.verb === "start";
    if (isBack && event.address.startsWith("worker.")) ready.add(event.instance);
    return ready.size;
  });
}
