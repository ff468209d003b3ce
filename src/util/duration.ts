/*
 * Durations as the spec writes them: `"30s"`, `"10m"`, `"2h"`, `"1h30m"`. Units: milliseconds.
 */

const DURATION = /^(?=[0-9])(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?$/;

/** Pattern for editors: the same durations that `readDuration` accepts, but for those of length zero. */
export const DURATION_PATTERN = "^(?=[0-9])([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** Milliseconds of `"1h30m"`; null when the text is no duration or is zero. */
export function readDuration(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  const ms = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
  return ms > 0 ? ms : null;
}

/** Milliseconds of a duration that has been validated before. Errors: RangeError for anything else. */
export function parseDuration(text: string): number {
  const ms = readDuration(text);
  if (ms === null) throw new RangeError(`not a duration: ${JSON.stringify(text)}`);
  return ms;
}

/** `1h30m`, `45s`; whole seconds, rounded. The inverse of `parseDuration` for whole seconds. */
export function formatDuration(ms: number): string {
  const total = Math.round(ms / SECOND_MS);
  const parts = [
    [Math.floor(total / 3600), "h"],
    [Math.floor((total % 3600) / 60), "m"],
    [total % 60, "s"],
  ] as const;
  const text = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : "")).join("");
  return text === "" ? "0s" : text;
}
