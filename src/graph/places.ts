/**
 * Places (indexes) by key, in order of insertion. Most keys have one place, so a list is made for the second only: with
 * hundreds of thousands of keys, a list for each would cost more than the map.
 */
export type Places<Key> = Map<Key, number | number[]>;

export function addPlace<Key>(places: Places<Key>, key: Key, place: number): void {
  const found = places.get(key);
  if (found === undefined) places.set(key, place);
  else if (typeof found === "number") places.set(key, [found, place]);
  else found.push(place);
}

/** Empty for a key that has none. */
export function placesAt<Key>(places: Places<Key>, key: Key): readonly number[] {
  const found = places.get(key);
  if (found === undefined) return NONE;
  return typeof found === "number" ? [found] : found;
}

const NONE: readonly number[] = [];
