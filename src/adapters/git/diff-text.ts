/* Effects: reads a difference out of a quarantine as text that a terminal can be shown. */
import { escapeText } from "../../util/escape.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";

/** Units: bytes. What is longer is for another tool. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;

export interface DiffText {
  /** Escaped: names and contents are a worker's. */
  readonly text: string;
  readonly isCut: boolean;
}

/** No external diff, no text conversion, no colour: nothing but git itself reads what is there. Paths are no patterns. */
export async function readDiffText(
  git: Git,
  { gitDir, base, tip, paths }: DiffRequest,
  times: GitTimes,
): Promise<DiffText> {
  const plain = ["--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/"];
  const named = paths.filter((path) => path !== ".").map((path) => `:(top,literal)${path}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const onStdout = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    if (bytes <= MAX_TEXT_BYTES) chunks.push(chunk);
  };
  const diff = ["diff-tree", "-r", "-p", "--stat", "--summary", ...plain, base, tip, "--", ...named];
  await git.neutral(gitDir, diff, { ...times, onStdout });
  return { text: escapeText(Buffer.concat(chunks).toString("utf8")), isCut: bytes > MAX_TEXT_BYTES };
}

export interface DiffRequest {
  readonly gitDir: string;
  readonly base: string;
  readonly tip: string;
  readonly paths: readonly string[];
}
