import { compareText } from "./compare.js";

/**
 * The candidate that a mistyped word most likely means; null when none is near enough to be worth a hint.
 *
 * Shape: deterministic; of equally near ones the first by code point. Case and `-` for `_` cost nothing.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const wanted = fold(word);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of [...candidates].sort(compareText)) {
    const distance = editDistance(wanted, fold(candidate));
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

const fold = (text: string): string => text.toLowerCase().replaceAll("-", "_");

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let above: number[] = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const options = [
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap && row > 1 && column > 1 ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      ];
      current.push(Math.min(...options));
    }
    before = above;
    above = current;
  }
  return above[right.length] ?? 0;
}
