import { RepositoryError } from "../../errors/errors.js";

const HAS_WORK: Readonly<Record<string, string>> = {
  has_files: "files of its own, or changed ones",
  has_repository: "a git repository that was made inside its folder",
  has_run: "a run that is still going on",
};

const CANNOT: Readonly<Record<string, string>> = {
  is_repository: "somebody made its folder a git repository, which files are not mixed into",
  no_rsync: "there is no rsync in it",
};
const WAYS_OUT: Readonly<Record<string, string>> = {
  is_repository: "have a new worker, what is only in this one is saved first: limaform apply --replace ADDRESS",
  no_rsync: 'have rsync in the image (hooks.post_provision), or use repo.mode = "git"; then: limaform apply',
};

/** The words of the scripts of files mode in a user's language. null: the word says nothing of work. */
export function hasWork({ instance }: { readonly instance: string }, word: string | null): RepositoryError | null {
  const work = HAS_WORK[word ?? ""];
  if (work === undefined) return null;
  return new RepositoryError("PUSH_HAS_WORK", `${instance} was not pushed to: it holds ${work}`, {
    hint: `Look at it: limaform status; limaform shell ${instance}`,
    details: { instance, work },
  });
}

/** Why files cannot be brought there at all, and what to do; null: the word is none of these. */
export function whyNoFolder(word: string | null): { readonly why: string; readonly hint: string } | null {
  const [why, hint] = [CANNOT[word ?? ""], WAYS_OUT[word ?? ""]];
  return why === undefined || hint === undefined ? null : { why, hint };
}
