/* Effects: reads sizes and contents of objects out of quarantine. */
import type { RawChange } from "../../review/raw-diff.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";

const LISTING = 256 * 1024 * 1024;

/** Units: bytes, by object id. */
export async function readSizes(
  git: Git,
  gitDir: string,
  files: readonly Pick<RawChange, "blob">[],
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

/** Contents by object id; the caller has looked at the sizes. */
export async function readBlobs(
  git: Git,
  gitDir: string,
  blobs: readonly string[],
  times: GitTimes,
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (blobs.length === 0) return found;
  const stdin = blobs.map((blob) => `${blob}\n`).join("");
  const read = await git.neutral(gitDir, ["cat-file", "--batch"], { ...times, stdin, maxOutputBytes: LISTING });
  const bytes = Buffer.from(read.stdoutBytes);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\n", at);
    const [blob = "", , size = ""] = bytes.toString("latin1", at, end).split(" ");
    const content = bytes.subarray(end + 1, end + 1 + Number(size));
    found.set(blob, content);
    at = end + 1 + content.length + 1;
  }
  return found;
}
