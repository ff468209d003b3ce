/**
 * What the host side contributes to a plan: the repository and the files that the spec names. Read before planning,
 * pure data afterwards; embedded in saved plans.
 */
export interface SourceFacts {
  readonly repository: RepositoryFacts;
  /** By path as the spec has it: `sha256:<hex>` of the content. */
  readonly fileDigests: Readonly<Record<string, string>>;
  /** PEM text of what `vm.ca_certs` stands for; absent = none. */
  readonly caCerts?: string;
  /** Files in the work tree, from its top, that are never carried: the spec, and what limaform was asked to write there. */
  readonly ownFiles: readonly string[];
  /** Problems with files that the spec names (missing, unreadable), as texts ready to be shown. */
  readonly problems: readonly SourceProblem[];
}

export interface SourceProblem {
  readonly code: string;
  readonly text: string;
  readonly hint: string;
}

export type RepositoryFacts =
  | FolderFacts
  | { readonly kind: "none"; readonly root: string }
  | {
      readonly kind: "git";
      /** Real path of the work tree. */
      readonly root: string;
      /** Full commit id; null for an unborn branch. */
      readonly head: string | null;
      /** Branch name without `refs/heads/`; null when detached. */
      readonly branch: string | null;
      /** First line of HEAD's message and its count of ancestors are not here: nothing that a revision does not need. */
      readonly carried: CarriedFiles;
      /** Tracked files that match `image.inputs` (defaults applied), sorted by path. */
      readonly imageInputs: readonly { readonly path: string; readonly blob: string }[];
      /** Shallow, submodules, LFS …: one sentence each, shown in the plan. */
      readonly notes: readonly string[];
    };

/** A folder whose files go in as they are (`repo.mode = "files"`). */
export interface FolderFacts {
  readonly kind: "files";
  /** Real path. */
  readonly root: string;
  /** The files that go in. `digest` covers path, type, exec bit, size and time of change of each. */
  readonly carried: CarriedFiles;
  /** Files that match `image.inputs` (defaults applied), sorted by path; `blob` as git would name the content. */
  readonly imageInputs: readonly { readonly path: string; readonly blob: string }[];
  readonly notes: readonly string[];
}

export interface CarriedFiles {
  /** Digest over (path, mode, content); empty string when nothing is carried. */
  readonly digest: string;
  readonly count: number;
  readonly bytes: number;
  /** Untracked files that stay out because they look like secrets or are large. */
  readonly keptOut: readonly { readonly path: string; readonly reason: "secret" | "large" }[];
}
