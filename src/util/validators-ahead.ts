import type { ValidateFunction } from "ajv";

/**
 * Validators that were made at the build, by the JSON text of their schemas. Empty in the sources: the build puts what
 * `validator-code.ts` writes in the place of this file (`scripts/validators-ahead.mjs`).
 */
export const VALIDATORS_AHEAD: ReadonlyMap<string, ValidateFunction> = new Map();
