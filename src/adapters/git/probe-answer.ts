import { isObjectId } from "./git.js";
import { unquotePath } from "./quoted-path.js";

/** The first answer of a probed worker, read strictly. Text of a hostile machine: paths are raw bytes. */
export interface ProbeAnswer {
  readonly repository: "yes" | "no" | "absent";
  /** Commits at the end of every line of history there (branches, tags, HEAD, other work trees). */
  readonly tips: readonly string[];
  readonly base: string | null;
  /** Commit that was taken out and still is exactly the work tree. */
  readonly snapshot: string | null;
  /** Commits of all stash entries. */
  readonly stashed: readonly string[];
  /** Other work trees with uncommitted files. */
  readonly worktrees: number;
  /** The commit that a save of the files as they lie there now makes; null where nothing was saved yet. */
  readonly files: string | null;
  /** Repositories inside, known to the outer one, that are not as it says. */
  readonly submodules: readonly Buffer[];
  /** Something was saved from here before, so it is worth asking whether the rest is saved, too. */
  readonly isMarked: boolean;
  readonly changed: FileGroup;
  readonly untracked: FileGroup;
  readonly nested: readonly Buffer[];
  readonly ignored: readonly Buffer[];
  readonly folders: readonly { readonly count: number; readonly bytes: number }[];
  readonly liveRuns: readonly string[];
  readonly uncollectedRuns: readonly string[];
}

export interface FileGroup {
  readonly count: number;
  readonly bytes: number;
  readonly paths: readonly Buffer[];
}

interface Draft {
  repository: ProbeAnswer["repository"] | null;
  base: string | null;
  snapshot: string | null;
  files: string | null;
  isMarked: boolean;
  readonly submodules: Buffer[];
  worktrees: number;
  changed: readonly [number, number];
  untracked: readonly [number, number];
  readonly tips: string[];
  readonly stashed: string[];
  readonly paths: { changed: Buffer[]; untracked: Buffer[]; nested: Buffer[]; ignored: Buffer[] };
  readonly folders: { count: number; bytes: number }[];
  readonly liveRuns: string[];
  readonly uncollectedRuns: string[];
}

/** Most branches and tags that are looked at; more is an unknown answer. */
const MAX_TIPS = 2000;

/** null when a line is not of the agreed form or the end is missing: then nothing is known. */
export function parseProbe(text: string): ProbeAnswer | null {
  const lines = text.trimEnd().split("\n");
  if (lines[0] !== "limaform-probe 1" || lines.at(-1) !== "end") return null;
  const draft: Draft = {
    ...{ repository: null, base: null, snapshot: null, files: null, isMarked: false, worktrees: 0 },
    ...{
      changed: [0, 0],
      untracked: [0, 0],
      tips: [],
      stashed: [],
      submodules: [],
      folders: [],
      liveRuns: [],
      uncollectedRuns: [],
    },
    paths: { changed: [], untracked: [], nested: [], ignored: [] },
  };
  for (const line of lines.slice(1, -1)) {
    const space = line.indexOf(" ");
    const read = READERS[line.slice(0, space)];
    if (read === undefined || !read(draft, line.slice(space + 1))) return null;
  }
  const { repository, paths, changed, untracked, ...rest } = draft;
  if (repository === null || draft.tips.length > MAX_TIPS || draft.stashed.length > MAX_TIPS) return null;
  return {
    ...rest,
    repository,
    tips: [...new Set(draft.tips)].sort(),
    changed: { count: paths.changed.length, bytes: changed[1], paths: paths.changed },
    untracked: {
      count: repository === "yes" ? paths.untracked.length : untracked[0],
      bytes: untracked[1],
      paths: paths.untracked,
    },
    nested: paths.nested,
    ignored: paths.ignored,
  };
}

type Reader = (draft: Draft, value: string) => boolean;

function readPair(value: string): readonly [number, number] | null {
  const [, count, bytes] = /^(\d{1,15}) (\d{1,15})$/u.exec(value) ?? [];
  return count === undefined || bytes === undefined ? null : [Number(count), Number(bytes)];
}

function readId(value: string, keep: (id: string) => void): boolean {
  if (!isObjectId(value)) return false;
  keep(value);
  return true;
}

function readCount(value: string, keep: (count: number) => void): boolean {
  if (!/^\d{1,9}$/u.test(value)) return false;
  keep(Number(value));
  return true;
}

function readGroup(draft: Draft, key: "changed" | "untracked", value: string): boolean {
  const pair = readPair(value);
  if (pair !== null) draft[key] = pair;
  return pair !== null;
}

/** A line of `git status --porcelain`: two letters, a blank, the path. An untracked folder is a nested repository. */
function readStatus({ paths }: Draft, value: string): boolean {
  const [, letters, quoted] = /^([ MADRCUT?!]{2}) (.+)$/u.exec(value) ?? [];
  const path = quoted === undefined ? null : unquotePath(quoted);
  if (letters === undefined || path === null) return false;
  const isFolder = path.at(-1) === "/".charCodeAt(0);
  if (letters === "!!") paths.ignored.push(path);
  else if (letters === "??") (isFolder ? paths.nested : paths.untracked).push(path);
  else paths.changed.push(path);
  return true;
}

const READERS: Readonly<Record<string, Reader>> = {
  repository: (draft, value) => {
    if (value !== "yes" && value !== "no" && value !== "absent") return false;
    draft.repository = value;
    return true;
  },
  tip: (draft, value) => readId(value, (id) => draft.tips.push(id)),
  base: (draft, value) =>
    readId(value, (id) => {
      draft.base = id;
    }),
  snapshot: (draft, value) =>
    readId(value, (id) => {
      draft.snapshot = id;
    }),
  files: (draft, value) =>
    readId(value, (id) => {
      draft.files = id;
    }),
  stashed: (draft, value) => readId(value, (id) => draft.stashed.push(id)),
  submodule: (draft, value) => {
    if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(value)) return false;
    draft.submodules.push(Buffer.from(value, "base64"));
    return true;
  },
  marked: (draft, value) => {
    draft.isMarked = value === "1";
    return draft.isMarked;
  },
  worktrees: (draft, value) =>
    readCount(value, (count) => {
      draft.worktrees = count;
    }),
  changed: (draft, value) => readGroup(draft, "changed", value),
  untracked: (draft, value) => readGroup(draft, "untracked", value),
  s: readStatus,
  folder: ({ folders }, value) => {
    const pair = readPair(value);
    if (pair !== null) folders.push({ count: pair[0], bytes: pair[1] });
    return pair !== null;
  },
  unit: ({ liveRuns }, value) => liveRuns.push(value) > 0,
  run: ({ uncollectedRuns }, value) => uncollectedRuns.push(value) > 0,
};

export interface MoreAnswer {
  readonly commits: number;
  /** Commits that only `saved.git` has besides. */
  readonly savedCommits: number;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly nested: readonly string[];
  /** More than it tells. */
  readonly isCut: boolean;
}

/** Most ignored files that one answer names. */
export const MAX_FILES = 5000;

/** The second answer; null when it is not of the agreed form. */
export function parseMore(text: string): MoreAnswer | null {
  const [, count, saved, records] = /^commits (\d{1,9})\nsaved (\d{1,9})\nfiles\n([\s\S]*)$/u.exec(text) ?? [];
  const fields = records?.split("\0") ?? [];
  if (count === undefined || fields.pop() !== "" || fields.pop() !== "end") return null;
  const files: { path: string; bytes: number }[] = [];
  const nested: string[] = [];
  for (const field of fields) {
    const [, size, path] = /^f (\d{1,15}) ([\s\S]+)$/u.exec(field) ?? [];
    const folder = /^g ([\s\S]+)$/u.exec(field)?.[1];
    if (size !== undefined && path !== undefined) files.push({ path, bytes: Number(size) });
    else if (folder !== undefined) nested.push(folder);
    else return null;
  }
  const isCut = files.length + nested.length > MAX_FILES;
  return { commits: Number(count), savedCommits: Number(saved), files, nested, isCut };
}
