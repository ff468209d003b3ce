import type { Emit, EventBody, LimaformEvent } from "./event.js";

export type EventSink = (event: LimaformEvent) => void;

export interface EmitterOptions {
  /** Only the time of day is asked for. */
  readonly clock: { now(): string };
  /** Id of this invocation. */
  readonly run: string;
  readonly sinks: readonly EventSink[];
}

/**
 * Gives each body its envelope and hands it to all sinks, in order.
 *
 * Shape: every sink sees the same stream, `seq` from 0 without gaps, also where a sink itself emits. `run.completed`
 * closes the stream: what comes later is dropped, so that it stays the last. A sink that throws is left out from then on
 * and the others are told: a broken view must not break the run.
 */
export function createEmitter(options: EmitterOptions): Emit {
  const sinks = new Set(options.sinks);
  const waiting: LimaformEvent[] = [];
  let seq = 0;
  let isClosed = false;
  let isDelivering = false;

  const enqueue = (body: EventBody): void => {
    if (isClosed) return;
    isClosed = body.type === "run.completed";
    waiting.push({ v: 1, seq, at: options.clock.now(), run: options.run, ...body });
    seq += 1;
  };
  const hand = (event: LimaformEvent, sink: EventSink): void => {
    try {
      sink(event);
    } catch (error) {
      sinks.delete(sink);
      const why = error instanceof Error ? error.message : String(error);
      enqueue({ type: "log", level: "warning", text: `one output of events was given up: ${why}` });
    }
  };

  return (body) => {
    enqueue(body);
    // A sink that emits while it is called must not overtake the sinks after it.
    if (isDelivering) return;
    isDelivering = true;
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      for (const sink of [...sinks]) hand(event, sink);
    }
    isDelivering = false;
  };
}
