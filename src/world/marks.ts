/**
 * The marks that travel with an instance as Lima `param` values (`limaform_<name>`), read from its raw `lima.yaml`.
 *
 * Shape: an absent value is the empty string in the object, and `-` in the file (Lima refuses empty params).
 * Source: docs/architecture.md, "Marks"; design page §3.1.
 */
export type Marks = {
  /** Version of this set of marks; an instance with a newer one is never touched. */
  readonly format: number;
  readonly project: string;
  /** 12 hex digits; see `record/owner.ts`. */
  readonly owner: string;
  readonly role: "image" | "worker";
  /** Full address, `worker.default[2]` or `image.golden`. */
  readonly address: string;
  /** Name of the instance these marks were written for; differs in a foreign copy or an interrupted clone. */
  readonly name: string;
  /** 0 for images. */
  readonly slot: number;
  /** Full revision digest (hex) of the image; for a worker that of the image it was cloned from. */
  readonly revision: string;
  /** Instance name that this one was cloned from; empty for the first of the chain. */
  readonly image: string;
  /** ISO time of the seal; empty while an image is unfinished. */
  readonly sealed: string;
  /** ISO time since when a worker is held by `stop`; empty otherwise. */
  readonly hold: string;
  /** Last applied size; null for images. */
  readonly applied: AppliedSize | null;
};

/** Units: `cpus` is a count, the others bytes. */
export type AppliedSize = {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
};

export const MARKS_FORMAT = 1;

/** Owner of what `forget` let go: limaform made it once, and it is nobody's object. */
export const NOBODY = "000000000000";
