import { GuestError } from "../../errors/errors.js";
import type { Clock } from "../../ports/host.js";
import { formatDuration } from "../../util/duration.js";
import type { BuildStep } from "./build-step.js";

/**
 * Keeps a build step's own limit, so that its failure says what hung and shows its last lines.
 *
 * Errors: IMAGE_STEP_TIMED_OUT; what `act` throws.
 */
export async function withinLimit<T>(
  clock: Pick<Clock, "sleep">,
  { title, name, timeoutMs }: BuildStep,
  outer: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const over = new AbortController();
  const reached = new GuestError(
    "IMAGE_STEP_TIMED_OUT",
    `${title} took longer than ${formatDuration(timeoutMs)} and was ended`,
    {
      hint: "raise image.step_timeout in limaform.toml if it needs more time, then: limaform apply",
      details: { step: name, timeoutMs },
    },
  );
  void clock.sleep(timeoutMs, over.signal).then(
    () => limit.abort(reached),
    () => {},
  );
  try {
    return await act(AbortSignal.any([outer, limit.signal]));
  } catch (error) {
    throw limit.signal.aborted && !outer.aborted ? reached : error;
  } finally {
    over.abort();
  }
}
