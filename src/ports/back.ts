import type { CallOptions } from "./instances.js";

/** Which files of which worker are to come back, and where to. */
export interface BackRequest {
  readonly instance: string;
  /** Changes when the worker is made anew: what was agreed with the former one counts no more. */
  readonly workerId: string;
  readonly guestPath: string;
  /** Folder on the host; the top of the work tree in a repository. */
  readonly root: string;
  readonly isRepository: boolean;
  /** Commit that was last pushed there; null where none was. */
  readonly pushBase: string | null;
  /** Relative to the root; empty = all. */
  readonly paths: readonly string[];
  /** Gitignore-style patterns of what never comes back. */
  readonly exclude: readonly string[];
  /** Files that the spec names, relative to the root. */
  readonly specFiles: readonly string[];
  /** `ignored`: those that git ignores in the worker, by rsync; what both sides agreed on is kept apart. Default: the others. */
  readonly what?: "files" | "ignored";
  /** Contents are compared in the worker, not sizes and times. */
  readonly checksum?: boolean;
}

export type BackStatus = "same" | "taken" | "takeable" | "waits" | "conflict" | "refused";

/** One path that the worker changed. Names are escaped. */
export interface BackChange {
  readonly path: string;
  readonly change: "added" | "modified" | "deleted";
  readonly status: BackStatus;
  /** What could later run on this host. */
  readonly categories: readonly string[];
  /** Why it waits, is refused or in conflict; empty else. */
  readonly why: string;
  /** The worker's version in quarantine; empty for a deletion. */
  readonly object: string;
}

/** What a worker offers, in quarantine and judged; nothing of it is on the host's side yet. */
export interface BackOffer {
  readonly changes: readonly BackChange[];
  /** Reasons to ask before anything is written; then nothing is taken unattended. */
  readonly halted: readonly string[];
  /** What does not come, in words. */
  readonly notes: readonly string[];
  /** True where the worker's files are as they were at the last look. */
  readonly isUnchanged: boolean;
  /** Bare repository that keeps every version. */
  readonly quarantine: string;
}

export interface BackConsentGiven {
  readonly allow: readonly string[];
  readonly deletions: boolean;
  readonly reviewed: boolean;
}

/**
 * Files of a worker back into the host's folder, through git objects and the review (design page §7, "Out").
 *
 * Errors: REVIEW_…, REPO_…, GUEST_…; STORE_… where the host cannot be written.
 */
export interface BackSync {
  /**
   * Fetches the worker's files into its quarantine and judges each against what both sides last agreed on. Writes nothing
   * below the root.
   */
  look(request: BackRequest, options: CallOptions & { readonly report: (text: string) => void }): Promise<BackLook>;
  /**
   * Calls when something may have changed in the worker, until the signal comes. Hints alone: what changed is found out by
   * a look.
   */
  follow(
    request: Pick<BackRequest, "instance" | "guestPath">,
    onEvent: () => void,
    options: CallOptions,
  ): Promise<void>;
}

export interface BackLook {
  readonly offer: BackOffer;
  /** Writes what the consent allows, file by file whole, and notes what both sides have now. Repeatable. */
  take(consent: BackConsentGiven, options: CallOptions): Promise<BackOffer>;
}
