import type { FolderFacts, RepositoryFacts } from "../world/sources.js";
import type { CallOptions } from "./instances.js";

/** The user's repository on the host, read with git; and the bare repositories of ours. Errors: REPO_…. */
export interface Repository {
  /** `imagePatterns` null = lock files and, where a folder has none, its manifest. */
  facts(
    options: CallOptions & {
      readonly root: string;
      readonly imagePatterns: readonly string[] | null;
      readonly carry: CarryRules | null;
    },
  ): Promise<RepositoryFacts>;
  /**
   * Begins the look that `stand` is, at the repository around a folder (nothing where there is none). Who asks for its stand or
   * facts gets what it finds; with facts asked for, it is used up.
   */
  beginStand(folder: string, options: CallOptions): Promise<void>;
  /** HEAD, its branch, and whether nothing differs from it but what the rules exclude; null outside a repository. */
  stand(
    options: CallOptions & { readonly root: string; readonly carry: CarryRules },
  ): Promise<{ readonly head: string | null; readonly branch: string | null; readonly isClean: boolean } | null>;
  /** The files of a folder, whether git knows it or not. `root` null = nothing but this is known of it. */
  folder(
    options: CallOptions & {
      readonly root: string;
      readonly imagePatterns: readonly string[] | null;
      readonly carry: CarryRules;
    },
  ): Promise<FolderFacts>;
  /** How many commits HEAD has that this one has not; null where the repository does not know it. */
  commitsSince(root: string, commit: string, options: CallOptions): Promise<number | null>;
  /** Real path of the work tree that the folder is in; null outside a repository. */
  topLevel(folder: string): Promise<string | null>;
  /** Real path of the git common directory, else null. */
  commonDirectory(root: string): Promise<string | null>;
}

export interface CarryRules {
  /** `sync.to.include`: carried although they look like secrets, are large, or git ignores them. */
  readonly include: readonly string[];
  /** `sync.to.exclude`: never carried, unless tracked in git mode. */
  readonly skip: readonly string[];
  /** Paths from the top of the work tree that stay as HEAD has them: the spec file. */
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
}

export interface PushRequest {
  readonly instance: string;
  /** Path in the guest, `~` allowed in front. */
  readonly guestPath: string;
  /** Work tree on the host. */
  readonly root: string;
  readonly overwrite: boolean;
  /** With work in the way: refuse (default), or bring the objects to `refs/limaform/incoming` and touch nothing else. */
  readonly onWork?: "refuse" | "incoming";
  /** Commit that the worker stands on, for the list of changes; absent = none is wanted. */
  readonly from?: string | null;
  /** Only says what it would do: the worker is asked, nothing is sent. */
  readonly dryRun?: boolean;
  /** HEAD commit that the plan pinned; STALE_COMMIT if the repository no longer has it. */
  readonly commit: string;
  readonly branch: string | null;
  /** Digest that the plan pinned; STALE_CARRIED when the files differ now. null: carry nothing. */
  readonly carried: { readonly digest: string; readonly rules: CarryRules } | null;
}

/** `unchanged`: the worker stood there already. `diverged`: it holds work, and the objects wait beside it. */
export interface Pushed {
  readonly base: string;
  readonly outcome: "updated" | "unchanged" | "diverged";
  /** What stood in the way of an update. */
  readonly work?: string;
  /** Against `from`; absent where that is not known here. */
  readonly changes?: readonly FolderChange[];
}

export interface FolderPush {
  readonly instance: string;
  readonly guestPath: string;
  /** Folder on the host. */
  readonly root: string;
  readonly overwrite: boolean;
  readonly rules: CarryRules;
  /** Digest that the plan pinned; STALE_CARRIED when the files differ now. null: whatever there is. */
  readonly digest: string | null;
  /** Only below these, from the top of the folder; empty = all. */
  readonly paths: readonly string[];
  /** `guarded`: not when they are many, or all. `none`: they stay. */
  readonly deletes: "none" | "guarded" | "all";
  /** With `all`: the names that the user saw and agreed to, as `gone` had them. Absent = whatever there is. */
  readonly agreed?: readonly string[];
  /**
   * What was brought last. Where the files are still those by name, size, time and exec bit, and the worker's are still
   * the ones that were brought, rsync is not asked. Absent = it always is.
   */
  readonly last?: { readonly base: string; readonly digest: string };
  /** Only says what it would do. */
  readonly dryRun: boolean;
  /** Compares contents instead of size and time. */
  readonly checksum: boolean;
  readonly compress: boolean;
}

export interface FolderPushed {
  /** Commit of limaform's own git directory in the worker that stands for what was brought; "" in a dry run. */
  readonly base: string;
  /** Of all files, for the push mark; null where only some paths were brought. */
  readonly digest: string | null;
  readonly files: number;
  readonly changes: readonly FolderChange[];
  /** Files that the host no longer has. Escaped; removed only where `deletes` allowed it. */
  readonly gone: readonly string[];
  readonly deleted: boolean;
  readonly notes: readonly string[];
}

/** `path` escaped. */
export interface FolderChange {
  readonly path: string;
  readonly change: "new" | "content" | "attributes" | "gone";
}

/** Code into a worker. `overwrite` in the request: the worker is new (or an image), nothing in its tree is work. */
export interface CodePush {
  /**
   * Returns the commit that is checked out as base. Refuses (PUSH_HAS_WORK) when the worker's tree has work. `prove` is
   * waited for before anything is written in the worker, and not called where there is nothing to write.
   */
  push(
    request: PushRequest,
    options: CallOptions & { readonly report: (text: string) => void; readonly prove?: () => Promise<unknown> },
  ): Promise<Pushed>;
  /** Whether the worker stands on the commit, on that branch, with nothing else to be seen: one question, nothing is written. */
  isCurrent(
    request: Pick<PushRequest, "instance" | "guestPath" | "commit" | "branch">,
    options: CallOptions,
  ): Promise<boolean>;
  /**
   * The files of a folder (`repo.mode = "files"`), by rsync. Files that limaform brought and that the host no longer has are
   * removed as `deletes` says; what the worker made itself never is.
   *
   * Errors: PUSH_HAS_WORK, PUSH_DELETES_MANY, STALE_CARRIED, RSYNC_…; REPO_…, GUEST_….
   */
  pushFolder(
    request: FolderPush,
    options: CallOptions & { readonly report: (text: string) => void },
  ): Promise<FolderPushed>;
  /**
   * Whether a push would find what was planned, without asking any guest. Errors: STALE_COMMIT, STALE_CARRIED; REPO_…
   * where the repository is gone.
   */
  check(request: Pick<PushRequest, "root" | "commit" | "carried">, options: CallOptions): Promise<void>;
  /** The branch that is checked out in the worker; null where it is none, or has an odd name. */
  branchOf(request: Pick<PushRequest, "instance" | "guestPath">, options: CallOptions): Promise<string | null>;
  /**
   * Takes the worker's tree back to a commit that it was given before. Errors: PUSH_HAS_WORK where it holds what neither
   * this host nor `alsoKnown` has.
   */
  reset(request: ResetRequest, options: CallOptions): Promise<void>;
  /**
   * The same in files mode: back to the files that a push brought, which is one commit of limaform's own there. What the
   * folder's rules ignore stays. Errors: PUSH_HAS_WORK as above; PUSH_FAILED where somebody made it a repository.
   */
  resetFolder(request: FolderResetRequest, options: CallOptions): Promise<void>;
}

export interface ResetRequest extends FolderResetRequest, Pick<PushRequest, "root" | "branch"> {}

export interface FolderResetRequest extends Pick<PushRequest, "instance" | "guestPath"> {
  readonly base: string;
  /** Which of these commits are safe elsewhere, in saved work. */
  readonly alsoKnown: (commits: readonly string[]) => Promise<ReadonlySet<string>>;
}
