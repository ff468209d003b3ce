import { compareText } from "../util/compare.js";

const NONE: readonly never[] = [];

/** Ids of a part of these places, sorted, each once. They are two at most as a rule, and then there is only one list. */
export function sortedIds(ids: readonly string[], places: Uint32Array, from: number, to: number): readonly string[] {
  if (from === to) return NONE;
  const first = places[from] as number;
  let other = from + 1;
  while (other < to && places[other] === first) other += 1;
  if (other === to) return [ids[first] as string];
  const second = places[other] as number;
  let rest = other + 1;
  while (rest < to && (places[rest] === first || places[rest] === second)) rest += 1;
  if (rest < to) {
    const all = Array.from(places.subarray(from, to), (place) => ids[place] as string);
    return [...new Set(all)].sort(compareText);
  }
  const [left, right] = [ids[first] as string, ids[second] as string];
  return compareText(left, right) < 0 ? [left, right] : [right, left];
}
