/* What the contract names and this version does not have. Each line goes when its issue lands. */

/** Command to the sentence that says what to do meanwhile. */
export const NOT_YET_COMMANDS: Readonly<Record<string, string>> = {};

/** By command: flags of the contract that later versions bring. */
export const NOT_YET_FLAGS: Readonly<Record<string, readonly string[]>> = {};
