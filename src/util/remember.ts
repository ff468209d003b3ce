/**
 * The same function, which reckons once for each object that it is given. For values that never change and stand behind
 * thousands of others: a spec, an image's facts. What is remembered goes with the object.
 */
export function remember<Key extends object, Value>(reckon: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = reckon(key);
    known.set(key, { value });
    return value;
  };
}
