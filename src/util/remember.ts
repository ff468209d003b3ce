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

/**
 * The same function, which gives its last value again where all arguments are the last ones. For what thousands of
 * addresses have in common: they share one value instead of holding an equal one each.
 *
 * Shape: three arguments at most, each by its name: a list of them for each call would cost what the sharing saves.
 */
export function rememberLast<Args extends readonly [unknown?, unknown?, unknown?], Value>(
  reckon: (...args: Args) => Value,
): (...args: Args) => Value {
  let last: { readonly args: Args; readonly value: Value } | null = null;
  const remembered = (first: unknown, second: unknown, third: unknown): Value => {
    if (last === null || first !== last.args[0] || second !== last.args[1] || third !== last.args[2]) {
      const args = [first, second, third] as unknown as Args;
      last = { args, value: reckon(...args) };
    }
    return last.value;
  };
  return remembered as unknown as (...args: Args) => Value;
}
