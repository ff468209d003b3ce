import type { AppSession } from "./session.js";

/** Units: milliseconds. After the first event: until no more came, but not for ever. */
const DEBOUNCE_MS = 200;
const DEBOUNCE_MOST_MS = 1_000;

/** What one direction of watching brings to the loop that both share. */
export interface WatchPart {
  readonly intervalMs: number;
  /** One complete pass. */
  readonly pass: () => Promise<void>;
  /** Says a failure of a later pass, or of the events; the watch goes on. Throws what is no failure of the outside. */
  readonly tell: (error: unknown) => void;
  /**
   * Calls `hint` once it listens and whenever something may have changed, until the first signal; opened anew where it
   * breaks. null = no events.
   */
  readonly follow: ((hint: () => void) => Promise<void>) | null;
}

type WatchSession = Pick<AppSession, "clock" | "interrupt">;

/**
 * Passes again and again until the first signal: at each hint, once those that come together are over, and at each interval
 * as the safety net. What a pass has begun to write it finishes by itself.
 *
 * Errors: those of the first pass.
 */
export async function watchLoop(session: WatchSession, part: WatchPart): Promise<void> {
  const { first } = session.interrupt;
  const hint = createHint();
  await part.pass();
  const channel = part.follow === null ? Promise.resolve() : keepChannel(session, part, hint);
  while (!first.aborted) {
    await nextPass(session, part, hint);
    if (first.aborted) break;
    try {
      await part.pass();
    } catch (error) {
      if (first.aborted) break;
      part.tell(error);
    }
  }
  await channel;
}

/** The interval is the safety net: what no event told is found then. */
async function nextPass({ clock, interrupt }: WatchSession, { intervalMs }: WatchPart, hint: Hint): Promise<void> {
  const wasHinted = await Promise.race([
    hint.wait(interrupt.first).then(() => true),
    hint.during((signal) => clock.sleep(intervalMs, AbortSignal.any([signal, interrupt.first]))).then(() => false),
  ]);
  if (!wasHinted || interrupt.first.aborted) return;
  const startedMs = clock.monotonicMs();
  while (!interrupt.first.aborted && clock.monotonicMs() - startedMs < DEBOUNCE_MOST_MS) {
    hint.clear();
    await clock.sleep(DEBOUNCE_MS, interrupt.first).catch(() => {});
    if (!hint.isSet()) return;
  }
}

/** The channel is opened anew when it breaks, at the next interval. */
async function keepChannel({ clock, interrupt }: WatchSession, part: WatchPart, hint: Hint): Promise<void> {
  const { first } = interrupt;
  while (!first.aborted) {
    try {
      await part.follow?.(hint.set);
    } catch (error) {
      if (first.aborted) return;
      part.tell(error);
      await clock.sleep(part.intervalMs, first).catch(() => {});
    }
  }
}

interface Hint {
  readonly set: () => void;
  readonly clear: () => void;
  readonly isSet: () => boolean;
  /** Resolves when it is set, or the signal comes. */
  wait(signal: AbortSignal): Promise<void>;
  /** Runs until it is set; never rejects. */
  during(act: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

function createHint(): Hint {
  let isSet = false;
  let wakes: (() => void)[] = [];
  const set = (): void => {
    isSet = true;
    const all = wakes;
    wakes = [];
    for (const wake of all) wake();
  };
  const next = (wake: () => void): void => {
    if (isSet) wake();
    else wakes.push(wake);
  };
  return {
    set,
    clear: () => {
      isSet = false;
    },
    isSet: () => isSet,
    wait: (signal) =>
      new Promise((resolve) => {
        next(resolve);
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
    async during(act) {
      const ended = new AbortController();
      next(() => ended.abort());
      await act(ended.signal).catch(() => {});
    },
  };
}
