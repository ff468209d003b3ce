/* Effects: writes what was agreed to into the host's folder, and notes what both sides have now. */

import { join } from "node:path";
import type { BackConsentGiven, BackRequest } from "../../ports/back.js";
import { isTaken, type Version } from "../../review/back-decide.js";
import { compareText } from "../../util/compare.js";
import { type HostTree, openHostTree } from "../host/host-tree.js";
import { removeEmptyFolders, type Wanted, type Written, writeEntry } from "../host/write-entry.js";
import { type BackItem, isAgreed } from "./back-judge.js";
import { stageEntries, sweepStaging, withStaging } from "./back-stage.js";
import { commitOf } from "./back-state.js";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";

const LINK = "120000";

export interface TakeParts {
  readonly git: Git;
  readonly gitDir: string;
  readonly request: BackRequest;
  readonly items: readonly BackItem[];
  /** Folders that may hold what is staged, best first. */
  readonly places: readonly string[];
}

/** What became of each item; one that is not in it was not taken. */
export type Taken = ReadonlyMap<BackItem, Written>;

/** Deletions first and from the inside out, so that a folder can become a file and the other way round. */
export async function takeItems(parts: TakeParts, consent: BackConsentGiven, times: GitTimes): Promise<Taken> {
  const chosen = parts.items.filter(({ decision, categories }) => isTaken(decision, categories, consent));
  const where = { root: parts.request.root, places: parts.places };
  if (chosen.length === 0) {
    await sweepStaging(where);
    return new Map();
  }
  return withStaging(where, (folder) => {
    const removed = chosen.filter(({ worker }) => worker === null);
    const made = chosen.filter(({ worker }) => worker !== null);
    removed.sort((left, right) => compareText(right.path, left.path));
    return writeAll(parts, { folder, removed, made }, times);
  });
}

interface Chosen {
  readonly folder: string;
  readonly removed: readonly BackItem[];
  readonly made: readonly BackItem[];
}

async function writeAll(parts: TakeParts, { folder, removed, made }: Chosen, times: GitTimes): Promise<Taken> {
  const wanted = await stage(parts, folder, made, times);
  const tree = await openHostTree(parts.request.root);
  const results = new Map<BackItem, Written>();
  try {
    for (const [number, item] of [...removed, ...made].entries()) {
      times.signal.throwIfAborted();
      const aside = join(folder, `aside-${number}`);
      results.set(item, await write(tree, item, { wanted: wanted.get(item) ?? { kind: "absent" }, aside }));
    }
  } finally {
    await tree.close();
  }
  return results;
}

async function write(
  tree: HostTree,
  { path, host }: BackItem,
  { wanted, aside }: { readonly wanted: Wanted; readonly aside: string },
): Promise<Written> {
  const stamp = host.kind === "file" || host.kind === "link" ? host.stamp : null;
  const written = await writeEntry(tree, { path, stamp, wanted, aside });
  if (wanted.kind === "absent" && written === "done") await removeEmptyFolders(tree, path);
  return written;
}

/** Bits as the host had them, with the worker's word about execution alone; new files as the user's umask says. */
function modeOf({ host, worker }: BackItem, umask: number): number {
  const isExecutable = worker?.mode === "100755";
  const before =
    host.kind === "file" ? Number(host.stamp.slice(host.stamp.lastIndexOf(":") + 1)) & 0o777 : 0o666 & ~umask;
  const plain = before & 0o666;
  return isExecutable ? plain | ((plain & 0o444) >> 2) : plain;
}

async function stage(
  { git, gitDir }: TakeParts,
  folder: string,
  made: readonly BackItem[],
  times: GitTimes,
): Promise<ReadonlyMap<BackItem, Wanted>> {
  const umask = process.umask();
  const entries = made.map((item) => ({
    ...{ item, id: item.worker?.id ?? "" },
    mode: item.worker?.mode === LINK ? null : modeOf(item, umask),
  }));
  const wanted = await stageEntries(git, { gitDir, folder, entries }, times);
  return new Map([...wanted].map(([{ item }, what]) => [item, what]));
}

/** The base with what both sides have now, as a commit; the same one where nothing is new. */
export async function nextBase(
  { git, gitDir, items }: Pick<TakeParts, "git" | "gitDir" | "items">,
  { base, taken, scratch }: { readonly base: string; readonly taken: Taken; readonly scratch: string },
  times: GitTimes,
): Promise<string> {
  const agreed = items.filter(
    (item) => taken.get(item) === "done" || (item.decision.what === "same" && isAgreed(item)),
  );
  if (agreed.length === 0) return base;
  const env = { GIT_INDEX_FILE: join(scratch, "back-index") };
  const call = { ...times, env };
  const protect = ["-c", "core.protectNTFS=false", "-c", "core.protectHFS=false"];
  await git.neutral(gitDir, ["read-tree", base], call);
  const lines = [...agreed].sort((left, right) => order(left.worker) - order(right.worker)).map(indexLine);
  await git.neutral(gitDir, [...protect, "update-index", "-z", "--index-info"], { ...call, stdin: lines.join("") });
  const tree = (await git.neutral(gitDir, ["write-tree"], call)).stdout.trim();
  return commitOf(git, gitDir, { tree, parents: [base] }, times);
}

const order = (worker: Version): number => (worker === null ? 0 : 1);

function indexLine({ path, base, worker }: BackItem): string {
  const zero = "0".repeat((worker ?? base)?.id.length ?? 40);
  return worker === null ? `0 ${zero}\t${path}\0` : `${worker.mode} ${worker.id}\t${path}\0`;
}
