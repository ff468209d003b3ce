import type { RepositoryFacts } from "../world/sources.js";
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
  /** Real path of the work tree that the folder is in; null outside a repository. */
  topLevel(folder: string): Promise<string | null>;
  /** Real path of the git common directory, else null. */
  commonDirectory(root: string): Promise<string | null>;
}

export interface CarryRules {
  readonly include: readonly string[];
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
  /** HEAD commit that the plan pinned; STALE_COMMIT if the repository no longer has it. */
  readonly commit: string;
  readonly branch: string | null;
  /** Digest that the plan pinned; STALE_CARRIED when the files differ now. null: carry nothing. */
  readonly carried: { readonly digest: string; readonly rules: CarryRules } | null;
}

/** Code into a worker. `overwrite` in the request: the worker is new (or an image), nothing in its tree is work. */
export interface CodePush {
  /** Returns the commit that is checked out as base. Refuses (PUSH_HAS_WORK) when the worker's tree has work. */
  push(
    request: PushRequest,
    options: CallOptions & { readonly report: (text: string) => void },
  ): Promise<{ readonly base: string }>;
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
}

export interface ResetRequest extends Pick<PushRequest, "instance" | "guestPath" | "root" | "branch"> {
  readonly base: string;
  /** Which of these commits are safe elsewhere, in saved work. */
  readonly alsoKnown: (commits: readonly string[]) => Promise<ReadonlySet<string>>;
}
