import { BugError, LimaformError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { Emit, StepRef } from "../events/event.js";
import type { Step } from "../plan/document.js";
import type { Clock } from "../ports/host.js";
import type { DriverContext, KindDriver } from "../resources/kind.js";
import { startHeartbeat } from "./heartbeat.js";
import type { Journal } from "./journal.js";
import type { StepEnd } from "./scheduler.js";
import { withTimeLimit } from "./time-limit.js";

export interface StepRunnerOptions {
  /** By kind, the first word of addresses. */
  readonly drivers: ReadonlyMap<string, KindDriver>;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly emit: Emit;
  /** How long the last step of its sort took; null where nobody knows. */
  readonly lastMs?: (step: Step) => number | null;
  /** Where the log of a step is kept. */
  readonly logFile?: (step: Step["id"]) => string;
  /** Called for each step that is done, before its completed event. */
  readonly onDone: (step: Step, elapsedMs: number) => void;
}

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;

/** How a step is named in events. */
export function refOf({ id, verb, address, instance }: Step): StepRef {
  return { step: id, verb, address, instance };
}

/**
 * Makes the function that does one step: through its kind's driver, journaled, reported, within its time.
 *
 * Shape: `begin` is durable before the driver is called; the end is durable before the completed, failed or interrupted
 * event; no progress or log after that event. A result without its journal line is a failure. Never rejects.
 */
export function createStepRunner(options: StepRunnerOptions): (step: Step, signal: AbortSignal) => Promise<StepEnd> {
  return async (step, signal) => {
    const reporter = startReporter(step, options);
    let end: Ended = { status: "done", error: null };
    try {
      await options.journal.write(step, "begin");
      await withTimeLimit({ clock: options.clock, timeoutMs: step.timeoutMs, signal, what: step.id }, (limited) =>
        attempt(step, reporter.context(limited), options),
      );
    } catch (error) {
      end = { status: signal.aborted ? "interrupted" : "failed", error };
    }
    reporter.stop();
    end = await journalEnd(step, end, options.journal);
    const elapsedMs = reporter.elapsedMs();
    if (end.status === "done") options.onDone(step, elapsedMs);
    tell(step, end, elapsedMs, options.emit);
    return { ...end, elapsedMs };
  };
}

type Ended = Omit<StepEnd, "elapsedMs">;

async function attempt(step: Step, context: DriverContext, { drivers, clock, emit }: StepRunnerOptions): Promise<void> {
  const kind = step.address.slice(0, Math.max(0, step.address.indexOf(".")));
  const driver = drivers.get(kind);
  if (driver === undefined) throw new BugError(`no driver for ${step.address}`);
  for (let failures = 0; ; ) {
    try {
      return await driver.run(step, context);
    } catch (error) {
      const isTransient = error instanceof LimaformError && error.isTransient;
      if (!isTransient || context.signal.aborted || failures >= step.retries) throw error;
      failures += 1;
      emit({ type: "apply.step.retrying", ...refOf(step), attempt: failures, text: error.message });
    }
    await clock.sleep(Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1)), context.signal);
  }
}

/** The end's line; if it cannot be written, a step that was done has failed: nobody may build on it. */
async function journalEnd(step: Step, end: Ended, journal: Journal): Promise<Ended> {
  try {
    await journal.write(step, end.status);
    return end;
  } catch (error) {
    // A step that did not get done stays open in the journal without its end's line, which says the same.
    return end.status === "done" ? { status: "failed", error } : end;
  }
}

function tell(step: Step, { status, error }: Ended, elapsedMs: number, emit: Emit): void {
  const rest = { ...refOf(step), elapsedMs };
  if (status === "failed") emit({ type: "apply.step.failed", ...rest, error: toErrorDocument(error) });
  else emit({ type: status === "done" ? "apply.step.completed" : "apply.step.interrupted", ...rest });
}

/** Emits `started` and, until stopped, progress, logs and a heartbeat with the last progress. */
function startReporter(step: Step, { clock, emit, lastMs, logFile }: StepRunnerOptions) {
  const startedMs = clock.monotonicMs();
  const elapsedMs = (): number => Math.round(clock.monotonicMs() - startedMs);
  let isRunning = true;
  let last = step.verb;
  const report = (text: string): void => {
    // A driver that was given up may still talk.
    if (!isRunning) return;
    last = text;
    emit({ type: "apply.step.progress", ...refOf(step), text, elapsedMs: elapsedMs() });
  };
  const log = (line: string): void => {
    if (isRunning) emit({ type: "apply.step.log", ...refOf(step), line });
  };
  const known = lastMs?.(step) ?? null;
  emit({ type: "apply.step.started", ...refOf(step), ...(known === null ? {} : { lastMs: known }) });
  const heartbeat = startHeartbeat(clock, () => report(last));
  return {
    elapsedMs,
    context: (signal: AbortSignal): DriverContext => ({
      ...{ signal, report, log },
      ...(logFile === undefined ? {} : { logFile: logFile(step.id) }),
    }),
    stop(): void {
      isRunning = false;
      heartbeat.stop();
    },
  };
}
