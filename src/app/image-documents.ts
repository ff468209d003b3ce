import type { ImageRecord } from "../world/image-record.js";
import type { ImageStatus } from "./app.js";

/** One image: what it is, where it comes from, and who stands on it. */
export interface ImageDocument {
  readonly format: "limaform.image";
  readonly version: 1;
  readonly project: string;
  readonly image: ImageStatus;
  /** Null where it was not recorded: an older limaform built it, or the state folder was lost. */
  readonly record: ImageRecord | null;
}

/** What two images differ in. */
export interface ImageDiffDocument {
  readonly format: "limaform.image-diff";
  readonly version: 1;
  readonly project: string;
  readonly before: ImageSide;
  readonly after: ImageSide;
  /** True where nothing that is in the images differs: only when and how they were built may. */
  readonly equal: boolean;
  readonly changes: readonly ImageChange[];
}

export interface ImageSide {
  readonly instance: string;
  readonly address: string;
  readonly revision: string;
  readonly sealed: string;
}

export interface ImageChange {
  /** `build` is when and by whom; everything else is in the image. */
  readonly part: "input" | "base" | "step" | "package" | "commit" | "system" | "build";
  /** Of an input the part of the spec, of a package its sort and name. */
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  readonly before: string | null;
  readonly after: string | null;
}
