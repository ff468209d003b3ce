/* Effects: reads modes, sizes and link targets of new files out of quarantine. */
import { judgeChanges, type Violation } from "../../review/history-rules.js";
import type { CommitChanges, RawChange } from "../../review/raw-diff.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";
import { parseTree } from "./image-inputs.js";

const LISTING = 256 * 1024 * 1024;
/** Units: bytes. */
const MAX_BLOB_BYTES = 100 * 1024 * 1024;
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

async function readSizes(
  git: Git,
  gitDir: string,
  files: readonly RawChange[],
  times: GitTimes,
): Promise<ReadonlyMap<string, number>> {
  const stdin = [...new Set(files.map(({ blob }) => blob))].map((blob) => `${blob}\n`).join("");
  if (stdin === "") return new Map();
  const check = ["cat-file", "--batch-check=%(objectname) %(objectsize)"];
  const found = await git.neutral(gitDir, check, { ...times, stdin, maxOutputBytes: LISTING });
  return new Map(
    found.stdout.split("\n").flatMap((line) => {
      const [blob, size] = line.split(" ");
      return blob === undefined || size === undefined ? [] : [[blob, Number(size)] as const];
    }),
  );
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
  const stdin = short.map((blob) => `${blob}\n`).join("");
  const read = await git.neutral(gitDir, ["cat-file", "--batch"], { ...times, stdin, maxOutputBytes: LISTING });
  const targets = new Map<string, string | null>(blobs.map((blob) => [blob, null]));
  const bytes = Buffer.from(read.stdoutBytes);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\n", at);
    const [blob = "", , size = ""] = bytes.toString("latin1", at, end).split(" ");
    const from = end + 1;
    const content = bytes.subarray(from, from + Number(size));
    targets.set(blob, content.toString("utf8"));
    at = from + content.length + 1;
  }
  return targets;
}
