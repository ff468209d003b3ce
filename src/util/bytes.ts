/*
 * Sizes as the spec writes them: a whole number and a binary unit, `"8GiB"`. Units: bytes.
 */

const UNITS = [
  ["TiB", 1024 ** 4],
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
  ["B", 1],
] as const;

const SIZE = /^(0|[1-9][0-9]{0,15})(B|KiB|MiB|GiB|TiB)$/;

/** Pattern for editors: the same sizes that `readSize` accepts. */
export const SIZE_PATTERN = "^(0|[1-9][0-9]{0,15})(B|KiB|MiB|GiB|TiB)$";

/** Bytes of `"8GiB"`; null when the text is no size or not exact as a number. */
export function readSize(text: string): number | null {
  const match = SIZE.exec(text);
  if (match === null) return null;
  const factor = UNITS.find(([unit]) => unit === match[2])?.[1] ?? 1;
  const bytes = Number(match[1]) * factor;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Bytes of a size that has been validated before. Errors: RangeError for anything else. */
export function parseSize(text: string): number {
  const bytes = readSize(text);
  if (bytes === null) throw new RangeError(`not a size: ${JSON.stringify(text)}`);
  return bytes;
}

/** Exact, in the largest unit that needs no fraction: the inverse of `parseSize`. */
export function formatSize(bytes: number): string {
  const [unit, factor] = UNITS.find(([, size]) => bytes >= size && bytes % size === 0) ?? ["B", 1];
  return `${bytes / factor}${unit}`;
}

/** For people: one decimal at most, with a space, `1.5 GiB`. */
export function showSize(bytes: number): string {
  const [unit, factor] = UNITS.find(([, size]) => bytes >= size) ?? ["B", 1];
  const scaled = bytes / factor;
  return `${Number.isInteger(scaled) ? scaled : scaled.toFixed(1).replace(/\.0$/, "")} ${unit}`;
}
