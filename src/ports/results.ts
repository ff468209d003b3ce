import type { ErrorDocument } from "../events/event.js";
import type { RunPart } from "../util/run-part.js";
import type { CallOptions } from "./instances.js";

/** What came back from one worker's run. Texts of the worker in it are escaped. */
export interface ResultSummary {
  /** `RUN/SLOT`, or `RUN/TASK`. */
  readonly id: string;
  readonly run: string;
  readonly slot: number;
  /** Of a task list: the task. */
  readonly task?: string;
  readonly instance: string;
  readonly collectedAt: string;
  /** Commit that the run began on; the synthetic one where uncommitted files were carried. */
  readonly base: string;
  /** The worker's last commit, or a snapshot of its uncommitted files on top of it. */
  readonly tip: string;
  readonly commits: number;
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
  /** Report categories that refuse `accept` for now, in the order of the report. */
  readonly flagged: readonly string[];
  readonly accepted: { readonly branch: string; readonly commit: string; readonly at: string } | null;
  /** Why nothing of it can be taken over; null = it passed the checks. */
  readonly refused: ErrorDocument | null;
  /** True: some files of the worker could not be taken up. They are still in it, and not in here. Absent = false. */
  readonly isPartial?: boolean;
}

export interface ResultDetails {
  readonly result: ResultSummary;
  readonly changes: readonly ResultChange[];
  /** Newest first, at most 50. */
  readonly log: readonly { readonly commit: string; readonly author: string; readonly subject: string }[];
}

export interface ResultChange {
  readonly path: string;
  readonly status: string;
  readonly categories: readonly string[];
  /** Of a flagged change: the first commit that gave the path what it has now. */
  readonly commit?: string;
  /** Of a lock file whose sources are understood: hosts that are new and that are gone; null = not looked into. */
  readonly sources?: { readonly added: readonly string[]; readonly removed: readonly string[] } | null;
}

export interface CollectRequest extends RunPart {
  readonly instance: string;
  readonly guestPath: string;
  /** Work tree on the host, or the folder whose files went in. */
  readonly root: string;
  /** False: the root is in no repository. */
  readonly isRepository: boolean;
  /** Files mode: the base is known to the worker alone, by an id that the push mark holds. */
  readonly isFolder: boolean;
  /** Base that the run began on, from the push mark: a word of ours, never of the worker. */
  readonly base: string;
  /** Files that the spec names, relative to the work tree: a change of one is flagged as `spec`. */
  readonly specFiles: readonly string[];
}

export interface AcceptRequest {
  /** `RUN/SLOT`, or `RUN` where it has one result. */
  readonly id: string;
  /** Work tree whose repository gets the branch; in files mode the folder that gets the files. */
  readonly root: string;
  readonly isRepository: boolean;
  /** The agent's own commits instead of one by the user. */
  readonly keepCommits: boolean;
  /** Report categories that the user allows by name. */
  readonly allow: readonly string[];
}

/**
 * Agents' work on this host: in quarantine until it is accepted or discarded (design page §7, "Out").
 *
 * Errors: REVIEW_…; REPO_… where git fails; GUEST_… while collecting.
 */
export interface ResultStore {
  /**
   * Takes the worker's commits and uncommitted files into its quarantine and reviews them; repeating it is safe. null:
   * the run changed nothing. What the rules refuse is recorded with `refused`.
   *
   * Errors: REVIEW_OBJECTS_REFUSED (nothing was stored, the work is still in the worker alone), REVIEW_TOO_LARGE,
   * REVIEW_TOO_SLOW (`timeoutMs` limits all of it, not one call).
   */
  collect(
    request: CollectRequest,
    options: CallOptions & { readonly report: (text: string) => void },
  ): Promise<ResultSummary | null>;
  /** Without discarded ones; newest run first, then by slot. */
  list(): Promise<readonly ResultSummary[]>;
  /** Errors: REVIEW_NOT_FOUND. */
  show(id: string): Promise<ResultDetails>;
  /** The changes as escaped text; `paths` are names, not patterns, empty = all. Errors: REVIEW_NOT_FOUND. */
  diff(
    id: string,
    paths: readonly string[],
    options: CallOptions,
  ): Promise<{ readonly text: string; readonly isCut: boolean }>;
  /**
   * Makes the branch `limaform/RUN/SLOT` in the user's repository; nothing is checked out. In files mode there is no
   * branch (""): the files are written into the folder, none where one is in the way. Repeating it is safe.
   *
   * Errors: REVIEW_FLAGGED, REVIEW_REFUSED, REVIEW_CONFLICT, REVIEW_NOTHING, REVIEW_KEEP_COMMITS, REVIEW_BRANCH_TAKEN,
   * REVIEW_NO_IDENTITY, REVIEW_GIT_TOO_OLD, REVIEW_BASE_GONE.
   */
  accept(
    request: AcceptRequest,
    options: CallOptions,
  ): Promise<{ readonly branch: string; readonly commit: string; readonly files: number }>;
  /** Removes it from quarantine. Its commits no longer count as work of the worker. Discarded already = success. */
  discard(id: string, options: CallOptions): Promise<void>;
  /** Removes the quarantine of a worker that is gone, unless it holds results that nobody accepted. True = removed. */
  forgetWorker(instance: string): Promise<boolean>;
}
