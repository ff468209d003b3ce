import type { ApplyDocument } from "../reconcilers/result.js";
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

/**
 * What nothing needs any more: what would go, or after a removal what went.
 *
 * Units: bytes, as they lie on this host. Images that share blocks with others free less.
 */
export interface ImagePruneDocument {
  readonly format: "limaform.image-prune";
  readonly version: 1;
  readonly project: string;
  /** False where nothing was removed: `--dry-run`, or there is nothing. */
  readonly removed: boolean;
  readonly images: readonly { readonly instance: string; readonly address: string; readonly bytes: number }[];
  /** Base disks that no disk of this host stands on once those images are gone. */
  readonly bases: readonly { readonly name: string; readonly bytes: number }[];
  /** Files of the download cache, which all projects of the user share. */
  readonly downloads: { readonly files: number; readonly bytes: number; readonly unusedSince: string };
  readonly bytes: number;
  /** What the removal of the images came to; null where there was none. */
  readonly apply: ApplyDocument | null;
}

export interface PruneRequest {
  /** Older golden images that stay although nothing descends from them. */
  readonly keep: number;
  /** Cached downloads go whenever they were used last; else those of no use for 30 days. */
  readonly allDownloads: boolean;
  /** Files that this command writes. */
  readonly writes: readonly string[];
}
