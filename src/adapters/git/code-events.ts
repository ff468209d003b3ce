/* Effects: watches what goes into workers, with git's own word on which of it is ignored. */
import { realpath } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import ignore from "ignore";
import { RepositoryError } from "../../errors/errors.js";
import type { CodeEvents, CodeEventsRequest } from "../../ports/code-events.js";
import type { CallOptions } from "../../ports/instances.js";
import { watchFolders } from "../host/folder-events.js";
import { openPlace } from "./folder-listing.js";
import { type Git, splitNul } from "./git.js";
import { withTemporaryFolder } from "./temporary.js";

/** Of a git directory: what moves when HEAD does. The index does not count: it is written by every `git status`. */
const HEADS = new Set(["HEAD", "refs", "packed-refs", "reftable"]);
const LISTING = 128 * 1024 * 1024;

export function createCodeEvents(git: Git): CodeEvents {
  return {
    async follow(request, onEvent, options) {
      // Which folders are ignored is asked anew where the rules changed.
      while (!options.signal.aborted) {
        await withTemporaryFolder(null, (scratch) => followOnce(git, request, { onEvent, scratch }, options));
      }
    },
  };
}

interface Following {
  readonly onEvent: () => void;
  readonly scratch: string;
}

/** Resolves when the signal came, or an ignore file changed. */
async function followOnce(
  git: Git,
  { root: typed, skip }: CodeEventsRequest,
  { onEvent, scratch }: Following,
  options: CallOptions,
): Promise<void> {
  const root = await realpath(typed);
  const call = { signal: options.signal, timeoutMs: options.timeoutMs };
  const place = await openPlace(git, root, scratch, call);
  const gitDirs = place.isRepository ? await gitDirsOf(git, root, call) : [];
  const scene: Scene = {
    ...{ root, gitDirs },
    isNamed: namedBy(root, skip),
    ignored: new Set(await ignoredFolders(git, { root, env: place.env }, call)),
  };
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const judge = createJudge(ended, async (paths) => {
    if (paths.some((path) => basename(path) === ".gitignore")) ended.abort();
    const ignored = await ignoredOf(
      git,
      { root, env: place.env, paths: paths.filter((path) => !isInGit(scene, path)) },
      call,
    );
    for (const path of ignored) scene.ignored.add(path);
    if (paths.some((path) => !ignored.has(path))) onEvent();
  });
  const outside = gitDirs.filter((path) => !isBelow(root, path));
  await watchFolders(
    { folders: [root, ...outside], isSkipped: (path) => isSkipped(scene, path), onChange: judge.add, onReady: onEvent },
    signal,
  );
  await judge.end();
}

interface Scene {
  readonly root: string;
  /** Of the work tree and of its repository; the same one mostly. */
  readonly gitDirs: readonly string[];
  /** By a pattern of the spec. */
  readonly isNamed: (path: string) => boolean;
  /** Paths that git ignores, as far as they are known. */
  readonly ignored: Set<string>;
}

const isBelow = (folder: string, path: string): boolean => path === folder || path.startsWith(folder + sep);

const isInGit = ({ gitDirs }: Pick<Scene, "gitDirs">, path: string): boolean =>
  gitDirs.some((folder) => isBelow(folder, path));

function isSkipped(scene: Scene, path: string): boolean {
  const inside = scene.gitDirs.filter((folder) => isBelow(folder, path));
  if (inside.length > 0) {
    return !inside.some((folder) => path === folder || HEADS.has(relative(folder, path).split(sep)[0] ?? ""));
  }
  return basename(path) === ".git" || scene.ignored.has(path) || scene.isNamed(path);
}

/** In git mode a tracked file goes in whatever a pattern says: that one is found at the interval. */
function namedBy(root: string, skip: readonly string[]): (path: string) => boolean {
  const rules = ignore({ ignorecase: false }).add([...skip]);
  return (path) =>
    path !== root && isBelow(root, path) && rules.ignores(`${relative(root, path).split(sep).join("/")}/`);
}

async function gitDirsOf(git: Git, root: string, call: CallOptions): Promise<readonly string[]> {
  const found = [];
  for (const which of ["--absolute-git-dir", "--git-common-dir"]) {
    const { stdout } = await git.inTree(root, ["rev-parse", "--path-format=absolute", which], call);
    found.push(await realpath(stdout.replace(/\n$/u, "")));
  }
  return [...new Set(found)];
}

interface Asked {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

async function ignoredFolders(git: Git, { root, env }: Asked, call: CallOptions): Promise<readonly string[]> {
  const list = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
  const { stdoutBytes } = await git.inTree(root, list, { ...call, env, maxOutputBytes: LISTING });
  return splitNul(stdoutBytes).flatMap((name) => {
    const path = name.toString("utf8");
    return path.endsWith("/") ? [join(root, path.slice(0, -1))] : [];
  });
}

/** Which of the paths git ignores; none where it cannot say (a path beyond a link, one that is gone). */
async function ignoredOf(
  git: Git,
  { root, env, paths }: Asked & { readonly paths: readonly string[] },
  call: CallOptions,
): Promise<ReadonlySet<string>> {
  const asked = paths.filter((path) => path !== root);
  if (asked.length === 0) return new Set();
  const stdin = asked.map((path) => `${path}\0`).join("");
  try {
    const check = ["check-ignore", "-z", "--stdin"];
    const { stdoutBytes } = await git.inTree(root, check, { ...call, env, stdin, exitCodes: [0, 1] });
    return new Set(splitNul(stdoutBytes).map((name) => name.toString("utf8")));
  } catch (error) {
    if (error instanceof RepositoryError) return new Set();
    throw error;
  }
}

/** Hands on what came while the last batch was judged, one batch at a time; a failure ends the watching. */
function createJudge(ended: AbortController, judge: (paths: readonly string[]) => Promise<void>) {
  let waiting = new Set<string>();
  let work: Promise<void> | null = null;
  const drain = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batch = [...waiting];
      waiting = new Set();
      await judge(batch);
    }
    work = null;
  };
  return {
    add: (path: string): void => {
      waiting.add(path);
      if (work !== null) return;
      work = drain();
      // Thrown where the end is awaited.
      work.catch(() => ended.abort());
    },
    end: async (): Promise<void> => {
      await work;
    },
  };
}
