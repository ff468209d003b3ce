/**
 * Places (indexes) by key, in order of insertion. Most keys have one place, so a list is made for the second only: with
 * hundreds of thousands of keys, a list for each would cost more than the map.
 */
export type Places<Key> = ReadonlyMap<Key, number | number[]>;

/** The key `keys[index]` has the place `places(index)`. `alone`: an empty map, of a sort that suits the keys. */
export function placesOf<Key>(
  keys: readonly Key[],
  places: (index: number) => number,
  alone: ReadonlyMap<Key, number> & { set(key: Key, place: number): unknown } = new Map<Key, number>(),
): Places<Key> {
  for (let index = 0; index < keys.length; index += 1) alone.set(keys[index] as Key, places(index));
  // Where no key came twice, which is the rule, nothing had to be looked up.
  return alone.size === keys.length ? alone : listed(keys, places);
}

function listed<Key>(keys: readonly Key[], places: (index: number) => number): Places<Key> {
  const listed = new Map<Key, number | number[]>();
  keys.forEach((key, index) => {
    const found = listed.get(key);
    if (found === undefined) listed.set(key, places(index));
    else if (typeof found === "number") listed.set(key, [found, places(index)]);
    else found.push(places(index));
  });
  return listed;
}

/** In order of insertion. Not a list of them, which would have to be made for each key that has one place. */
export function forEachPlace<Key>(places: Places<Key>, key: Key, use: (place: number) => void): void {
  const found = places.get(key);
  if (typeof found === "number") use(found);
  else if (found !== undefined) for (const place of found) use(place);
}
