/* Effects: reads the user's repository with git; writes nothing in it. */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryError } from "../../errors/errors.js";
import type { Repository } from "../../ports/repository.js";
import { together } from "../../util/together.js";
import type { CarriedFiles, RepositoryFacts } from "../../world/sources.js";
import { buildCarried } from "./carried.js";
import { countSince } from "./count-since.js";
import { readFolder } from "./folder-listing.js";
import type { Git, GitCall } from "./git.js";
import { parseTree, selectImageInputs, type TreeEntry } from "./image-inputs.js";
import { describeForms, isPartialClone, type RepositoryTraits } from "./repository-notes.js";
import { withTemporaryFolder } from "./temporary.js";
import { judgeTree, listTree, type TreeStatus } from "./tree-status.js";

const NOTHING: CarriedFiles = { digest: "", count: 0, bytes: 0, keptOut: [] };
const NOTHING_CARRIED = Promise.resolve({ files: NOTHING, notes: [] as readonly string[] });
const LISTING = 128 * 1024 * 1024;
const COMMON_DIRECTORY_TIMEOUT_MS = 10_000;

type Options = Pick<GitCall, "signal" | "timeoutMs">;
type FactsRequest = Parameters<Repository["facts"]>[0];

/** `cache`: a folder of ours, for what makes looks faster. */
export function createRepository(git: Git, cache: string): Repository {
  // Where a folder's repository is does not change while a command runs, and each start asks several times.
  const places = new Map<string, Promise<Place | null>>();
  const placeOf = (folder: string, options: Options = lookUp()): Promise<Place | null> => {
    const known = places.get(folder) ?? findPlace(git, folder, options);
    places.set(folder, known);
    // A failure (an aborted signal, git being installed) must not stick.
    known.catch(() => places.delete(folder));
    return known;
  };
  let begun: { readonly top: string; readonly listing: Promise<string> } | null = null;
  const listingOf = (top: string, options: Options): Promise<string> => {
    const early = begun?.top === top ? begun.listing : null;
    // What failed is asked again by whoever needs it, within limits of their own.
    return (
      early?.catch(() => listTree(git, { root: top, cache }, options)) ?? listTree(git, { root: top, cache }, options)
    );
  };
  return {
    async beginStand(folder, options) {
      const top = (await placeOf(folder, options))?.top;
      if (top === undefined) return;
      begun = { top, listing: listTree(git, { root: top, cache }, options) };
      begun.listing.catch(() => {});
    },
    async facts(request) {
      const place = await placeOf(request.root, { signal: request.signal, timeoutMs: request.timeoutMs });
      if (place === null) return { kind: "none", root: await realpath(request.root) };
      // One look of a command is enough for it; the next one is a new one.
      const read = () => listingOf(place.top, request).finally(() => (begun = null));
      return readFacts(git, { place, read }, request);
    },
    async stand({ root, carry, ...options }) {
      const place = await placeOf(root, options);
      return place === null ? null : judgeTree(await listingOf(place.top, options), carry);
    },
    async folder(request) {
      const { root, signal, timeoutMs } = request;
      return readFolder(git, request, (await placeOf(root, { signal, timeoutMs })) !== null);
    },
    commitsSince: (root, commit, options) => countSince(git, root, commit, options),
    topLevel: async (folder) => (await placeOf(folder))?.top ?? null,
    commonDirectory: async (root) => (await placeOf(root))?.common ?? null,
  };
}

const lookUp = (): Options => ({ signal: new AbortController().signal, timeoutMs: COMMON_DIRECTORY_TIMEOUT_MS });

interface Place {
  /** Real path of the work tree's top. */
  readonly top: string;
  /** Real path of the git common directory. */
  readonly common: string;
  readonly isShallow: boolean;
}

const PLACE = ["--show-toplevel", "--is-inside-work-tree", "--git-common-dir", "--is-shallow-repository"];

/** null outside a repository. The word between the two paths tells them apart: each may hold line ends. */
async function findPlace(git: Git, folder: string, options: Options): Promise<Place | null> {
  try {
    const { stdout } = await git.inTree(folder, ["rev-parse", "--path-format=absolute", ...PLACE], options);
    const [, paths = "", word] = /^(.*)\n(true|false)\n$/su.exec(stdout) ?? [];
    const [top = "", common = ""] = paths.split("\ntrue\n");
    const [realTop, realCommon] = await Promise.all([realpath(top), realpath(common)]);
    return { top: realTop, common: realCommon, isShallow: word === "true" };
  } catch (error) {
    if (error instanceof RepositoryError && error.code === "REPO_NOT_A_REPOSITORY") return null;
    throw error;
  }
}

interface Looked {
  readonly place: Place;
  /** What git says of the work tree. */
  readonly read: () => Promise<string>;
}

async function readFacts(git: Git, { place, read }: Looked, request: FactsRequest): Promise<RepositoryFacts> {
  const { top: root, isShallow } = place;
  const options = { signal: request.signal, timeoutMs: request.timeoutMs };
  const { carry } = request;
  const [{ head, branch, isClean }, isPartial] = await together(
    carry === null ? readHeads(git, root, options) : read().then((listing) => judgeTree(listing, carry)),
    isPartialClone(git, place, options),
  );
  if (head === null) {
    const notes = ["The branch has no commit yet: there is no code to bring into workers. Make one: git commit"];
    return { kind: "git", root, head, branch, carried: NOTHING, imageInputs: [], notes };
  }
  const [{ tree, forms }, carried] = await together(
    readForms(git, root, { head, isShallow, isPartial }, options),
    isClean ? NOTHING_CARRIED : readCarried(git, root, head, request),
  );
  return {
    kind: "git",
    root,
    head,
    branch,
    carried: carried.files,
    imageInputs: selectImageInputs(tree, request.imagePatterns),
    notes: [...forms, ...carried.notes],
  };
}

/** Without a look at the files: none of them is carried. */
async function readHeads(git: Git, root: string, options: Options): Promise<TreeStatus> {
  const [head, branch] = await together(readHead(git, root, options), readBranch(git, root, options));
  return { head, branch, isClean: true };
}

async function readHead(git: Git, root: string, options: Options): Promise<string | null> {
  const found = await git.inTree(root, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    ...options,
    exitCodes: [0, 1],
  });
  return found.exitCode === 0 ? found.stdout.trim() : null;
}

async function readBranch(git: Git, root: string, options: Options): Promise<string | null> {
  const found = await git.inTree(root, ["symbolic-ref", "--quiet", "HEAD"], { ...options, exitCodes: [0, 1] });
  const ref = found.stdout.trim();
  return found.exitCode === 0 && ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null;
}

async function readForms(
  git: Git,
  root: string,
  { head, ...traits }: RepositoryTraits & { readonly head: string },
  options: Options,
) {
  const tree = await readTree(git, root, head, options);
  return { tree, forms: await describeForms(git, root, { tree, ...traits }, options) };
}

async function readTree(git: Git, root: string, head: string, options: Options): Promise<readonly TreeEntry[]> {
  const list = ["ls-tree", "-r", "-z", "--full-tree", head];
  return parseTree((await git.inTree(root, list, { ...options, maxOutputBytes: LISTING })).stdout);
}

async function readCarried(git: Git, root: string, head: string, request: FactsRequest) {
  const { carry, signal, timeoutMs } = request;
  if (carry === null) return NOTHING_CARRIED;
  return withTemporaryFolder(null, (scratch) =>
    buildCarried(git, { root, head, rules: carry, scratch, objects: join(scratch, "objects") }, { signal, timeoutMs }),
  );
}
