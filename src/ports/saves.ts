import type { ErrorDocument } from "../events/event.js";
import type { CallOptions } from "./instances.js";
import type { ResultChange, ResultDetails } from "./results.js";
import type { SaveRequest } from "./work.js";

/** Work of one worker that was saved before something ended it. Texts of the worker in it are escaped. */
export interface SaveSummary {
  /** `save/N`. */
  readonly id: string;
  readonly instance: string;
  readonly address: string;
  readonly savedAt: string;
  /** The action that it was saved from. */
  readonly why: string;
  /** What the worker held. Units: bytes. */
  readonly items: readonly { readonly kind: string; readonly count: number; readonly bytes: number }[];
  /** Where it stands in `saved.git`. */
  readonly refs: readonly SavedRef[];
  /** Set where git's object checks refused it: a pack in the state folder that nothing has unpacked. Units: bytes. */
  readonly archive: { readonly file: string; readonly bytes: number; readonly why: string } | null;
  readonly accepted: { readonly branch: string; readonly commit: string; readonly at: string } | null;
}

export interface SavedRef {
  /** What it was in the worker: `files`, `HEAD`, `heads/x`, `tags/x`, `stash@{0}`. Escaped. */
  readonly name: string;
  /** In `saved.git`, and in the user's repository once accepted. */
  readonly ref: string;
  readonly commit: string;
}

export interface SaveDetails {
  readonly save: SaveSummary;
  /** The repository that it stands in. */
  readonly repository: string;
  readonly changes: readonly ResultChange[];
  readonly flagged: readonly string[];
  /** Why `accept` takes none of it; null = it passed the checks. */
  readonly refused: ErrorDocument | null;
  readonly log: ResultDetails["log"];
}

/** Saved work on this host: `saved.git` and `saves/` in the state folder. Errors: REVIEW_…; REPO_… where git fails. */
export interface SaveStore {
  /** See `WorkKeeper.save`. null: nothing was left to save. */
  save(
    request: SaveRequest,
    options: CallOptions & { readonly report: (text: string) => void },
  ): Promise<SaveSummary | null>;
  /** Those of the commits that a save keeps. */
  known(commits: readonly string[], options: CallOptions): Promise<ReadonlySet<string>>;
  /** Without discarded ones; the newest first. */
  list(): Promise<readonly SaveSummary[]>;
  /** Errors: REVIEW_NOT_FOUND. */
  show(id: string, rules: SaveRules, options: CallOptions): Promise<SaveDetails>;
  /** The main line against what it stands on, as escaped text. Errors: REVIEW_NOT_FOUND. */
  diff(
    id: string,
    request: Pick<SaveRules, "isRepository"> & { readonly paths: readonly string[] },
    options: CallOptions,
  ): Promise<{ readonly text: string; readonly isCut: boolean }>;
  /**
   * Makes the branch `limaform/save/N` in the user's repository, and `refs/limaform/save/N/…` for all that was saved;
   * nothing is checked out. In a folder that is no repository the files of the main line are written instead, and the
   * branch is "". Repeating it is safe.
   *
   * Errors: REVIEW_CONFLICT and REVIEW_DELETES in a folder, REVIEW_FLAGGED, REVIEW_REFUSED, REVIEW_BRANCH_TAKEN, REVIEW_NOT_FOUND.
   */
  accept(
    id: string,
    request: SaveRules & { readonly allow: readonly string[] },
    options: CallOptions,
  ): Promise<{
    readonly branch: string;
    readonly commit: string;
    readonly files: number;
    readonly refs: readonly SavedRef[];
  }>;
  /** Discarded already = success. The caller holds the project's lock: nothing is being saved meanwhile. */
  discard(id: string, options: CallOptions): Promise<void>;
}

/** What the review of a save depends on. */
export interface SaveRules {
  /** Else it was brought as files: the worker's copy of them is what the work stands on. */
  readonly isRepository: boolean;
  /** Work tree of the user. */
  readonly root: string;
  /** Files that the spec names, relative to the work tree. */
  readonly specFiles: readonly string[];
}
