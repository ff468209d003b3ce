import type { CallOptions } from "./instances.js";

type Options = CallOptions & { readonly report: (text: string) => void };

export interface CopyRequest {
  readonly instance: string;
  readonly sources: readonly string[];
  readonly target: string;
  /** The target is a folder that the sources go into. False = it is one where it is there as such, else the new name. */
  readonly into: boolean;
}

export interface Copied {
  readonly files: number;
  /** Units: bytes. */
  readonly bytes: number;
  readonly notes: readonly string[];
}

/** Single files and folders between host and worker; nothing is noted, nothing is compared. */
export interface Copy {
  /** Sources are paths of the host. Modes become 644 or 755. Errors: COPY_…, GUEST_…. */
  copyIn(request: CopyRequest, options: Options): Promise<Copied>;
  /**
   * Sources are paths of the worker, the target an absolute path of the host. Everything is checked before a byte of it is
   * at its place, as results are: names, links, sizes; only files and links come, with modes 644 or 755.
   *
   * Errors: COPY_…, REVIEW_…, GUEST_….
   */
  copyOut(request: CopyRequest, options: Options): Promise<Copied>;
}
