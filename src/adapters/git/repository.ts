/* Effects: reads the user's repository with git; writes nothing in it. */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryError } from "../../errors/errors.js";
import type { Repository } from "../../ports/repository.js";
import type { CarriedFiles, RepositoryFacts } from "../../world/sources.js";
import { buildCarried } from "./carried.js";
import type { Git, GitCall } from "./git.js";
import { parseTree, selectImageInputs, type TreeEntry } from "./image-inputs.js";
import { describeForms } from "./repository-notes.js";
import { withTemporaryFolder } from "./temporary.js";

const NOTHING: CarriedFiles = { digest: "", count: 0, bytes: 0, keptOut: [] };
const LISTING = 128 * 1024 * 1024;
const COMMON_DIRECTORY_TIMEOUT_MS = 10_000;

type Options = Pick<GitCall, "signal" | "timeoutMs">;
type FactsRequest = Parameters<Repository["facts"]>[0];

export function createRepository(git: Git): Repository {
  return {
    async facts(request) {
      const options = { signal: request.signal, timeoutMs: request.timeoutMs };
      const root = await findTop(git, request.root, options);
      if (root === null) return { kind: "none", root: await realpath(request.root) };
      return readFacts(git, root, request);
    },
    topLevel: (folder) => findTop(git, folder, lookUp()),
    async commonDirectory(root) {
      const options = lookUp();
      const top = await findTop(git, root, options);
      if (top === null) return null;
      const found = await git.inTree(root, ["rev-parse", "--path-format=absolute", "--git-common-dir"], options);
      return realpath(found.stdout.trimEnd());
    },
  };
}

const lookUp = (): Options => ({ signal: new AbortController().signal, timeoutMs: COMMON_DIRECTORY_TIMEOUT_MS });

/** Real path of the work tree's top; null outside a repository. */
async function findTop(git: Git, root: string, options: Options): Promise<string | null> {
  try {
    const found = await git.inTree(root, ["rev-parse", "--show-toplevel"], options);
    return await realpath(found.stdout.trimEnd());
  } catch (error) {
    if (error instanceof RepositoryError && error.code === "REPO_NOT_A_REPOSITORY") return null;
    throw error;
  }
}

async function readFacts(git: Git, root: string, request: FactsRequest): Promise<RepositoryFacts> {
  const options = { signal: request.signal, timeoutMs: request.timeoutMs };
  const [head, branch] = await Promise.all([readHead(git, root, options), readBranch(git, root, options)]);
  if (head === null) {
    const notes = ["The branch has no commit yet: there is no code to bring into workers. Make one: git commit"];
    return { kind: "git", root, head, branch, carried: NOTHING, imageInputs: [], notes };
  }
  const tree = await readTree(git, root, head, options);
  const forms = await describeForms(git, root, tree, options);
  const carried = await readCarried(git, root, head, request);
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

async function readTree(git: Git, root: string, head: string, options: Options): Promise<readonly TreeEntry[]> {
  const list = ["ls-tree", "-r", "-z", "--full-tree", head];
  return parseTree((await git.inTree(root, list, { ...options, maxOutputBytes: LISTING })).stdout);
}

async function readCarried(git: Git, root: string, head: string, request: FactsRequest) {
  const { carry, signal, timeoutMs } = request;
  if (carry === null) return { files: NOTHING, notes: [] };
  return withTemporaryFolder(null, (scratch) =>
    buildCarried(git, { root, head, rules: carry, scratch, objects: join(scratch, "objects") }, { signal, timeoutMs }),
  );
}
