/* Effects: asks git, in the user's work tree, what it holds beyond HEAD. */
import { RepositoryError } from "../../errors/errors.js";
import type { CarryRules } from "../../ports/repository.js";
import type { Git, GitCall } from "./git.js";
import { openOwnIndex } from "./own-index.js";

/** What one call of git says of a work tree. */
export interface TreeStatus {
  /** null before the first commit. */
  readonly head: string | null;
  /** null where HEAD is detached. */
  readonly branch: string | null;
  /** Nothing differs from HEAD, tracked or not, but files that are never carried. */
  readonly isClean: boolean;
}

const LISTING = 128 * 1024 * 1024;
/** Of submodules only what git knows without walking through them; what their commits make of it is asked where they differ. */
const STATUS = [
  ...["status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z"],
  ...["--untracked-files=all", "--ignore-submodules=dirty"],
];

/** What git says of a work tree, to be read with `judgeTree`. `cache`: where indexes of ours may lie. */
export async function listTree(
  git: Git,
  { root, cache }: { readonly root: string; readonly cache: string },
  options: Pick<GitCall, "signal" | "timeoutMs">,
): Promise<string> {
  const look = async (args: readonly string[], env: GitCall["env"] = {}): Promise<string> =>
    (await git.inTree(root, [...args, ...STATUS, "--no-renames"], { ...options, env, maxOutputBytes: LISTING })).stdout;
  const own = openOwnIndex(root, cache);
  if (own === null) return look([]);
  try {
    const listing = await look(own.args, own.env);
    own.keep();
    return listing;
  } catch (error) {
    const isCutOff = options.signal.aborted || (error instanceof RepositoryError && error.code === "REPO_TIMED_OUT");
    own.drop(isCutOff ? "cut off" : "failed");
    if (isCutOff) throw error;
    // Ours may be damaged. What else went wrong goes wrong again, and is told then.
    return look([]);
  }
}

/**
 * HEAD and cleanliness in one call. It only tells a clean tree from others: what another one would carry is reckoned
 * by `buildCarried`, with an index of its own.
 */
export function judgeTree(listing: string, rules: CarryRules): TreeStatus {
  const status = parseTreeStatus(listing, rules.exclude);
  // Files that git ignores may be carried then, and are not in that answer.
  return rules.include.length === 0 ? status : { ...status, isClean: false };
}

/** Shape: `excluded` holds paths from the top of the work tree. */
export function parseTreeStatus(text: string, excluded: readonly string[]): TreeStatus {
  const status = { head: null as string | null, branch: null as string | null, isClean: true };
  for (const field of text.split("\0")) {
    if (field.startsWith("# branch.oid ")) status.head = known(field.slice("# branch.oid ".length), "(initial)");
    else if (field.startsWith("# branch.head "))
      status.branch = known(field.slice("# branch.head ".length), "(detached)");
    else if (field !== "" && !field.startsWith("# ") && !excluded.includes(pathOf(field))) status.isClean = false;
  }
  return status;
}

const known = (text: string, absent: string): string | null => (text === absent ? null : text);

/** Words before the path, by the sort of the line: changed, renamed, unmerged; untracked. */
const WORDS_BEFORE: Readonly<Record<string, number>> = { "1": 8, "2": 9, u: 10, "?": 1 };

function pathOf(line: string): string {
  const words = line.split(" ");
  return words.slice(WORDS_BEFORE[words[0] ?? ""] ?? words.length).join(" ");
}
