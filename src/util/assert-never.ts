/** Makes the compiler prove that a `switch` is complete; throws if data from outside got past the types. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
