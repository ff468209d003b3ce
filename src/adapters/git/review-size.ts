/* Effects: reads the trees of new commits out of quarantine, each once. */
import { measureTrees, type TreeNode } from "../../review/tree-size.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";
import { tooLarge } from "./review-names.js";

const LISTING = 256 * 1024 * 1024;
/** Files and bytes of paths that one commit may unfold to; git holds such a list in memory while it compares. */
const MAX_FILES = 2_000_000;
const MAX_PATH_BYTES = 128 * 1024 * 1024;
/** Deeper than any name may be (`NAME_LIMITS`), with room for that rule to say so. */
const MAX_ROUNDS = 100;

/** Errors: REVIEW_TOO_LARGE, before git is asked to unfold what a few trees stand for. */
export async function judgeSize(
  git: Git,
  {
    gitDir,
    range,
    maxFiles = MAX_FILES,
  }: { readonly gitDir: string; readonly range: readonly string[]; readonly maxFiles?: number | undefined },
  times: GitTimes,
): Promise<void> {
  const call = { ...times, maxOutputBytes: LISTING };
  const list = ["log", "--no-show-signature", "--no-decorate", "--format=%T", ...range];
  const roots = new Set((await git.neutral(gitDir, list, call)).stdout.split("\n").filter((id) => id !== ""));
  const trees = new Map<string, TreeNode>();
  let wanted: readonly string[] = [...roots];
  for (let round = 0; wanted.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw tooLarge(`folders are nested more than ${MAX_ROUNDS} deep`);
    const stdin = wanted.map((id) => `${id}\n`).join("");
    const read = await git.neutral(gitDir, ["cat-file", "--batch"], { ...call, stdin });
    const below = new Set<string>();
    for (const [id, node] of parseTrees(Buffer.from(read.stdoutBytes))) {
      trees.set(id, node);
      for (const tree of node.trees) below.add(tree.id);
    }
    wanted = [...below].filter((id) => !trees.has(id));
  }
  const sizes = measureTrees(trees);
  for (const root of roots) {
    const size = sizes.get(root);
    if (size === undefined) continue;
    if (size.files > maxFiles) throw tooLarge(`a commit of ${size.files} files, more than ${maxFiles}`);
    if (size.pathBytes > MAX_PATH_BYTES) throw tooLarge("the names of a commit's files are too long together");
  }
}

/** Reads `git cat-file --batch`; what is no tree is left out. */
function parseTrees(bytes: Buffer): readonly (readonly [string, TreeNode])[] {
  const found: (readonly [string, TreeNode])[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\n", at);
    const [id = "", type = "", size = ""] = bytes.toString("latin1", at, end).split(" ");
    const from = end + 1;
    if (size === "") {
      at = from;
      continue;
    }
    const until = from + Number(size);
    if (type === "tree") found.push([id, parseTree(bytes.subarray(from, until), id.length / 2)]);
    at = until + 1;
  }
  return found;
}

/** Entries are `MODE NAME NUL ID`, the id in bytes. */
function parseTree(bytes: Buffer, idBytes: number): TreeNode {
  const trees: { nameBytes: number; id: string }[] = [];
  let files = 0;
  let fileNameBytes = 0;
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(" ", at);
    const end = bytes.indexOf(0, space);
    if (space === -1 || end === -1) break;
    const nameBytes = end - space - 1;
    const after = end + 1 + idBytes;
    if (bytes.toString("latin1", at, space) === "40000") {
      trees.push({ nameBytes, id: bytes.toString("hex", end + 1, after) });
    } else {
      files += 1;
      fileNameBytes += nameBytes;
    }
    at = after;
  }
  return { files, fileNameBytes, trees };
}
