import { type Git, type GitCall, isObjectId } from "./git.js";

/** Git's word for "no such commit". */
const UNKNOWN_COMMIT = 128;

/** How many commits HEAD has that `commit` has not; null where the repository does not know that commit. */
export async function countSince(
  git: Git,
  root: string,
  commit: string,
  { signal, timeoutMs }: Pick<GitCall, "signal" | "timeoutMs">,
): Promise<number | null> {
  if (!isObjectId(commit)) return null;
  const { exitCode, stdout } = await git.inTree(root, ["rev-list", "--count", `${commit}..HEAD`], {
    signal,
    timeoutMs,
    exitCodes: [0, UNKNOWN_COMMIT],
  });
  return exitCode === 0 && /^\d+\s*$/.test(stdout) ? Number(stdout) : null;
}
