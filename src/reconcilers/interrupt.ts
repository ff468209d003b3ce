import { EXIT, InterruptedError } from "../errors/errors.js";
import type { Emit } from "../events/event.js";

export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP";

const EXIT_CODES: Readonly<Record<SignalName, number>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.hangup,
};

/**
 * The two stages in which a user stops an apply.
 *
 * Shape: `second` is never aborted before `first`; both carry the same InterruptedError as reason.
 * Source: issue 3, "Interrupt"; engine reference B20.
 */
export interface Interrupt {
  /** No new step; steps that must finish do; steps that may stop do so at once. */
  readonly first: AbortSignal;
  /** All running children are ended. */
  readonly second: AbortSignal;
  /** One signal of the operating system; from the third on they change nothing. */
  raise(signal: SignalName): void;
  /** What the first signal was, with the exit code that it asks for; null as long as there was none. */
  raised(): { readonly signal: SignalName; readonly exitCode: number } | null;
}

/** Emits `interrupt.received` for each stage. */
export function createInterrupt(emit: Emit): Interrupt {
  const first = new AbortController();
  const second = new AbortController();
  let raised: { readonly signal: SignalName; readonly exitCode: number } | null = null;
  return {
    first: first.signal,
    second: second.signal,
    raise(signal) {
      if (second.signal.aborted) return;
      const stage = raised === null ? 1 : 2;
      raised ??= { signal, exitCode: EXIT_CODES[signal] };
      // Told before it acts, so that in the stream the cause stands before its consequences.
      emit({ type: "interrupt.received", stage, signal });
      const reason = new InterruptedError(`interrupted by ${raised.signal}`, raised.exitCode);
      (stage === 1 ? first : second).abort(reason);
    },
    raised: () => raised,
  };
}
