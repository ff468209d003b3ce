import type { Repository } from "../ports/repository.js";
import type { CodeStand } from "../ports/runs.js";
import type { ResolvedSpec } from "../resources/kind.js";
import type { PushMark } from "../world/world.js";
import type { SyncDocument } from "./app.js";
import { hasCommit, hasFiles } from "./sync-words.js";

/** What a worker must stand on to have all of the host's code. */
export interface Wanted extends Pick<SyncDocument, "mode" | "commit" | "notes"> {
  /** What is said of a worker that has it. */
  readonly text: string;
  /** By the note of the last push, and by the worker's own word. */
  readonly isHeld: (mark: PushMark, look: CodeStand) => boolean;
}

type Call = Parameters<Repository["stand"]>[0];

/** The host's code where it is nothing but a commit, or all files of a folder; else null. Errors: REPO_…. */
export async function wantedCode(repository: Repository, { values }: ResolvedSpec, call: Call): Promise<Wanted | null> {
  if (values["repo.mode"] === "files") {
    const paths = values["sync.to.default_paths"];
    return Array.isArray(paths) && paths.includes(".") ? wantedFiles(repository, call) : null;
  }
  const stand = await repository.stand(call);
  if (stand === null || stand.head === null) return null;
  const { head, branch, isClean } = stand;
  if (!isClean && values["repo.uncommitted"] !== false) return null;
  return {
    ...{ mode: "git", commit: head, notes: [], text: hasCommit(head) },
    isHeld: (mark, look) =>
      [mark.commit, mark.base, look.base, look.head].every((id) => id === head) &&
      mark.carriedDigest === "" &&
      look.branch === branch &&
      look.isClean,
  };
}

async function wantedFiles(repository: Repository, { root, ...call }: Call): Promise<Wanted> {
  const top = (await repository.topLevel(root)) ?? root;
  const { carried, notes } = await repository.folder({ ...call, root: top, imagePatterns: [] });
  const { digest, count } = carried;
  return {
    ...{ mode: "files", commit: null, notes, text: hasFiles(count) },
    // As many files as here: none of those that were brought is gone here.
    isHeld: (mark, look) =>
      mark.carriedDigest === digest &&
      [look.base, look.head].every((id) => id === mark.base) &&
      look.files === count &&
      look.isClean,
  };
}
