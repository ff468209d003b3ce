import { RepositoryError } from "../../errors/errors.js";

const HAS_WORK: Readonly<Record<string, string>> = {
  has_files: "files of its own, or changed ones",
  has_run: "a run that is still going on",
};

const CANNOT: Readonly<Record<string, string>> = {
  is_repository: "its folder is a git repository, which files are not mixed into",
  no_rsync: "there is no rsync in it",
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

/** Why files cannot be brought there at all; null: the word is none of these. */
export const whyNoFolder = (word: string | null): string | null => CANNOT[word ?? ""] ?? null;
