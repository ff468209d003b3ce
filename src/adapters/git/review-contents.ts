/* Effects: reads modes, sizes and link targets of new files out of quarantine. */
import { judgeChanges, type Violation } from "../../review/history-rules.js";
import type { CommitChanges, RawChange } from "../../review/raw-diff.js";
import type { GitTimes } from "./bare.js";
import { readBlobs, readSizes } from "./blobs.js";
import type { Git } from "./git.js";
import { parseTree } from "./image-inputs.js";

const LISTING = 256 * 1024 * 1024;
/** Units: bytes. */
export const MAX_BLOB_BYTES = 100 * 1024 * 1024;
const LINK = "120000";

/** Judges names, modes, sizes and link targets of everything that the commits add or change. */
export async function judgeContents(
  git: Git,
  { gitDir, tip }: { readonly gitDir: string; readonly tip: string },
  history: readonly CommitChanges[],
  times: GitTimes,
): Promise<readonly Violation[]> {
  const tree = await git.neutral(gitDir, ["ls-tree", "-r", "-z", "--full-tree", tip], {
    ...times,
    maxOutputBytes: LISTING,
  });
  const links = new Set(parseTree(tree.stdout).flatMap(({ mode, path }) => (mode === LINK ? [path] : [])));
  const files = history.flatMap(({ commit, changes }) => changes.map((change) => ({ commit, ...change })));
  const present = files.filter(({ mode }) => mode.startsWith("1") && mode !== "160000");
  const sizes = await readSizes(git, gitDir, present, times);
  const large = present.filter(({ blob }) => (sizes.get(blob) ?? 0) > MAX_BLOB_BYTES);
  const targets = await readTargets(git, gitDir, present, times);
  return [
    ...judgeChanges(history, targets, links),
    ...large.map(({ commit, path }) => ({ rule: "file_too_large", commit, path })),
  ];
}

/** Contents of links, null where they are no short UTF-8 text. */
async function readTargets(
  git: Git,
  gitDir: string,
  files: readonly RawChange[],
  times: GitTimes,
): Promise<ReadonlyMap<string, string | null>> {
  const blobs = [...new Set(files.flatMap(({ mode, blob }) => (mode === LINK ? [blob] : [])))];
  if (blobs.length === 0) return new Map();
  const sizes = await readSizes(
    git,
    gitDir,
    files.filter(({ mode }) => mode === LINK),
    times,
  );
  const short = blobs.filter((blob) => (sizes.get(blob) ?? Number.POSITIVE_INFINITY) <= 4096);
  const targets = new Map<string, string | null>(blobs.map((blob) => [blob, null]));
  for (const [blob, content] of await readBlobs(git, gitDir, short, times)) targets.set(blob, content.toString("utf8"));
  return targets;
}
