import type { CallOptions } from "./instances.js";

/** Where a value comes from on this host; exactly one of the three. */
export type SecretSource =
  | { readonly name: string; readonly env: string }
  | { readonly name: string; readonly command: readonly string[] }
  /** Absolute path. */
  | { readonly name: string; readonly file: string };

/** A value that may stand in no argument, document, event or file of the host. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** Secrets of the spec, read when they are needed and not kept. The user's trust is asked for before. */
export interface Secrets {
  /**
   * Shape: in the order of the sources.
   *
   * Errors: RUN_SECRET_MISSING naming all that are not there, RUN_SECRET_INVALID. No message holds a value.
   */
  resolve(sources: readonly SecretSource[], options: CallOptions): Promise<readonly Secret[]>;
}
