/* Types for the tests that take figures of their own; the program is first-byte.mjs. */

interface Options {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Units: seconds. */
export declare function toFirstByteSaid(command: readonly string[], options: Options): Promise<number>;

/** Units: seconds. */
export declare function toFirstByteKept(
  command: readonly string[],
  options: Options,
  runs: string,
  slot?: string,
): Promise<number>;
