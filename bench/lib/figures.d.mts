/* Types for the tests that take figures of their own; the program is figures.mjs. */

export declare function median(values: readonly number[]): number;

/** Units: seconds. */
export declare function inTurn<Name extends string>(
  things: Readonly<Record<Name, () => Promise<number>>>,
  rounds: number,
): Promise<Record<Name, readonly number[]>>;

export declare function ratio(seconds: readonly number[], floor: readonly number[]): number;
