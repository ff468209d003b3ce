/** `0.4s`, `12s`, `3m 12s`, `2h 5m`. */
export function formatElapsed(elapsedMs: number): string {
  if (elapsedMs < 950) return `${(elapsedMs / 1000).toFixed(1)}s`;
  const seconds = Math.round(elapsedMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

const AGES = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** `3 days`, `1 hour`, `under a minute`: whole units of the largest that fits. */
export function formatAge(ageMs: number): string {
  const [noun, unit] = AGES.find(([, ms]) => ageMs >= ms) ?? ["", 1];
  return noun === "" ? "under a minute" : count(Math.floor(ageMs / unit), noun);
}

/** `1 worker`, `3 workers`. */
export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`;
}

/** `1-3,5` of sorted slots. */
export function formatSlots(slots: readonly number[]): string {
  const parts: string[] = [];
  let from = 0;
  for (let index = 0; index < slots.length; index += 1) {
    if (slots[index + 1] === (slots[index] ?? 0) + 1) continue;
    parts.push(from === index ? `${slots[index]}` : `${slots[from]}-${slots[index]}`);
    from = index + 1;
  }
  return parts.join(",");
}
