/* Effects: brings files that git ignores in a worker as one commit, by way of rsync and a private folder. */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import type { BackRequest } from "../../ports/back.js";
import type { Guest } from "../../ports/guest.js";
import { brokenNameRules, type NameRule } from "../../review/name-rules.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import { receiveFiles } from "../rsync/receive.js";
import type { FetchedBack } from "./back-fetch.js";
import { chooser } from "./back-judge.js";
import { commitOf } from "./back-state.js";
import { type GitTimes, openBare, writePack } from "./bare.js";
import type { ReceiveLimits } from "./collect.js";
import type { Git } from "./git.js";
import { scriptCommand, scriptError } from "./guest-script.js";
import { IGNORED_SCRIPT } from "./ignored-script.js";

/** Units: bytes. The same bound that other files that come back have. */
const MAX_FILE_BYTES = 100_000_000;
const MAX_FILES = 100_000;
const LIST_BYTES = 64 * 1024 * 1024;
const TRIES = 2;

export interface IgnoredParts {
  readonly git: Git;
  readonly guest: Guest;
  /** For rsync; nothing else of the user's session reaches it. */
  readonly env: Readonly<Record<string, string>>;
}

export interface IgnoredFetch {
  readonly request: BackRequest;
  readonly key: string;
  readonly format: "sha1" | "sha256";
  /** Private and empty, for this pull alone. */
  readonly folder: string;
  /** Private, kept from pull to pull, so that rsync brings only what changed. */
  readonly staging: string;
  readonly limits: ReceiveLimits;
}

export interface FetchedIgnored extends FetchedBack {
  /** Names that are never asked for, each with the rule that it breaks. Raw text of a worker. */
  readonly refused: readonly { readonly path: string; readonly rule: NameRule }[];
  readonly notes: readonly string[];
}

/** Errors: REPO_BACK_FAILED, RSYNC_…, REVIEW_TOO_LARGE, REVIEW_UNASKED, GUEST_…. */
export async function fetchIgnored(parts: IgnoredParts, fetch: IgnoredFetch, times: GitTimes): Promise<FetchedIgnored> {
  for (let tried = 1; ; tried += 1) {
    const listed = await list(parts.guest, fetch, times);
    const modes = await receive(parts, fetch, listed.names, times);
    if (modes !== null) return { ...listed, ...(await toPack(parts.git, fetch, { ...listed, modes }, times)) };
    if (tried === TRIES) throw changing(fetch.request);
  }
}

async function list(guest: Guest, { request, key, format, limits }: IgnoredFetch, times: GitTimes) {
  const { instance, guestPath, paths } = request;
  const below = paths.filter((path) => path !== ".");
  const args = [guestPath, key, format, ...(below.length === paths.length ? below : [])];
  const command = scriptCommand(IGNORED_SCRIPT, args);
  const result = await guest.exec(instance, command, { ...times, maxOutputBytes: LIST_BYTES });
  const records = result.stdout.split("\0");
  if (result.isCut) throw tooMany("its list of files is too long");
  if (result.exitCode !== 0 || records.pop() !== "" || records.pop() !== "end") {
    throw scriptError("REPO_BACK_FAILED", `The files of ${instance} that git ignores could not be listed`, result);
  }
  const found = sort(request, records);
  if (found.names.length > MAX_FILES) throw tooMany(`${found.names.length} files, more than ${MAX_FILES}`);
  if (found.bytes > limits.packBytes)
    throw tooMany(`${showSize(found.bytes)}, more than ${showSize(limits.packBytes)}`);
  return found;
}

/** What is asked for, and what is not. */
function sort(request: BackRequest, records: readonly string[]) {
  const isWanted = chooser(request);
  const isNamed = chooser({ ...request, exclude: [] });
  const names = new Set<string>();
  const refused: { path: string; rule: NameRule }[] = [];
  const left = { excluded: 0, special: 0, large: 0 };
  let bytes = 0;
  for (const record of records) {
    const [, size = "", mode = "", path = ""] = /^(\d{1,19}) ([0-9a-f]{1,8}) ([\s\S]+)$/u.exec(record) ?? [];
    const [rule] = path === "" ? [] : brokenNameRules(path, false);
    // No pattern is asked about a name that breaks the rules.
    if (rule !== undefined) refused.push({ path, rule });
    else if (path === "" || !isNamed(path)) continue;
    else if (!isWanted(path)) left.excluded += 1;
    else if ((Number.parseInt(mode, 16) & 0o170000) !== 0o100000) left.special += 1;
    else if (Number(size) >= MAX_FILE_BYTES) left.large += 1;
    else {
      names.add(path);
      bytes += Number(size);
    }
  }
  const notes = [
    ...staying(left.excluded, "file that sync.from.exclude names", "files that sync.from.exclude names"),
    ...staying(left.special, "link or special file", "links or special files"),
  ];
  return { names: [...names].sort(), refused, bytes, notes, large: left.large };
}

/** A note about what does not come; none where there is none of it. */
export function staying(count: number, one: string, many: string): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? `1 ${one} stays in the worker` : `${count} ${many} stay in the worker`];
}

/** What came, by its mode in git; null where not all did. What lies in the staging folder afterwards is exactly what was asked for. */
async function receive(
  { guest, env }: IgnoredParts,
  { request, staging, limits }: IgnoredFetch,
  names: readonly string[],
  times: GitTimes,
): Promise<Modes | null> {
  const folders = new Set(names.flatMap((name) => parentsOf(name)));
  const wanted = { files: new Set(names), folders };
  // What an earlier pull brought, or a killed rsync left.
  for (const path of await unasked(staging, wanted)) await rm(join(staging, path), { recursive: true, force: true });
  const { instance, guestPath, checksum = false } = request;
  const most = { fileBytes: MAX_FILE_BYTES, bytes: limits.packBytes, entries: 2 * (names.length + folders.size) + 100 };
  try {
    const isWhole = await receiveFiles(
      { guest, env },
      { instance, guestPath, folder: staging, names, checksum, limits: most },
      times,
    );
    const [extra] = await unasked(staging, wanted);
    if (extra !== undefined) throw notAsked(instance, extra);
    if (!isWhole) return null;
    const modes = await modesIn(staging);
    return names.every((name) => modes.has(name)) ? modes : null;
  } catch (error) {
    // What a sender that lied has brought is no base for the next pull.
    if (error instanceof ReviewError) await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

function parentsOf(name: string): readonly string[] {
  const steps = name.split("/").slice(0, -1);
  return steps.map((_, index) => steps.slice(0, index + 1).join("/"));
}

interface WantedNames {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

/** Entries that nobody asked for: other names, links, devices, second names of a file, folders where files are to be. */
async function unasked(staging: string, { files, folders }: WantedNames): Promise<readonly string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const name of await readdir(join(staging, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      const stats = await lstat(join(staging, path));
      if (stats.isDirectory() && folders.has(path)) await walk(path);
      else if (!stats.isFile() || stats.nlink !== 1 || !files.has(path)) found.push(path);
    }
  };
  await walk("");
  return found;
}

/** Modes in git of regular files, by path. */
type Modes = ReadonlyMap<string, string>;

async function modesIn(staging: string): Promise<Modes> {
  const modes = new Map<string, string>();
  for (const entry of await readdir(staging, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await lstat(path);
    modes.set(path.slice(staging.length + 1), (mode & 0o100) === 0 ? "100644" : "100755");
  }
  return modes;
}

/** The files as a commit without parents in a pack, as a worker would have made it; then it goes through every check. */
async function toPack(
  git: Git,
  { folder, staging, format }: IgnoredFetch,
  { names, modes }: { readonly names: readonly string[]; readonly modes: Modes },
  times: GitTimes,
): Promise<Pick<FetchedBack, "tip" | "file">> {
  const gitDir = join(folder, "ignored.git");
  await openBare(git, gitDir, { format, shallow: [], alternates: [] }, times);
  const paths = names.map((name) => `${join(staging, name)}\n`).join("");
  const hash = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
  const hashed = names.length === 0 ? "" : (await git.neutral(gitDir, hash, { ...times, stdin: paths })).stdout;
  const ids = hashed.split("\n");
  const lines = names.map((name, at) => `${modes.get(name)} ${ids[at]}\t${name}\0`).join("");
  const call = { ...times, env: { GIT_INDEX_FILE: join(folder, "ignored-index") } };
  await git.neutral(gitDir, ["update-index", "-z", "--index-info"], { ...call, stdin: lines });
  const tree = (await git.neutral(gitDir, ["write-tree"], call)).stdout.trim();
  const tip = await commitOf(git, gitDir, { tree, parents: [] }, times);
  return { tip, file: await writePack(git, gitDir, { want: [tip], have: [], folder }, times) };
}

function tooMany(why: string): ReviewError {
  return new ReviewError(
    "REVIEW_TOO_LARGE",
    `The files that git ignores there are too many to come back at once: ${why}`,
    {
      hint: "Name some of the paths: limaform sync-back W PATH --ignored",
    },
  );
}

function notAsked(instance: string, path: string): ReviewError {
  return new ReviewError(
    "REVIEW_UNASKED",
    `${instance} sent what nobody asked for: ${escapeLine(path)}. Nothing was written`,
    {
      hint: `Its rsync or its ssh is not what it should be; look at it: limaform shell ${instance}`,
      details: { instance, path: escapeLine(path) },
    },
  );
}

function changing({ instance }: BackRequest): RepositoryError {
  return new RepositoryError(
    "REPO_BACK_FAILED",
    `Files of ${instance} that git ignores come and go while they are read`,
    {
      hint: "Nothing was written. Try once more when nothing is at work there, or name some of the paths",
    },
  );
}
