/* Effects: brings a commit and the carried files into a worker; keeps the synthetic commit in the worker's quarantine. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { RepositoryError, StalePlanError } from "../../errors/errors.js";
import type { Guest, GuestResult } from "../../ports/guest.js";
import type { Store } from "../../ports/host.js";
import type { CallOptions } from "../../ports/instances.js";
import type { CodePush, FolderChange, Pushed, PushRequest, ResetRequest } from "../../ports/repository.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import { together } from "../../util/together.js";
import { type GitTimes, type HostObjects, locateObjects, openBare, whichExist, writePack } from "./bare.js";
import { buildCarried } from "./carried.js";
import { pushFolder } from "./folder-push.js";
import { resetFolder } from "./folder-reset.js";
import { type Git, isObjectId, splitNul } from "./git.js";
import { errorWord, scriptCommand, scriptError } from "./guest-script.js";
import { BRANCH_SCRIPT, INSPECT_SCRIPT, PUSH_SCRIPT } from "./push-script.js";
import type { Quarantines } from "./quarantine.js";
import { withTemporaryFolder } from "./temporary.js";

export interface PushParts {
  readonly git: Git;
  readonly guest: Guest;
  readonly store: Store;
  readonly quarantines: Quarantines;
  /** For rsync; nothing else of the user's session reaches it. */
  readonly env: Readonly<Record<string, string>>;
}

type Options = Parameters<CodePush["push"]>[1];

const MAX_DIFF_BYTES = 64 * 1024 * 1024;

/** Source: design page §7, "In". */
export function createCodePush(parts: PushParts): CodePush {
  return {
    async push(request, options) {
      const times = { signal: options.signal, timeoutMs: options.timeoutMs };
      const { carried, commit: base, branch, overwrite } = request;
      // Most pushes bring nothing: nothing is made for them here, and the host's git is not asked.
      const held = carried === null ? await inspect(parts.guest, request, { base, branch }, times) : null;
      if (held?.isSame && !overwrite) return { base, outcome: "unchanged", changes: [] };
      const host = await locateObjects(parts.git, request.root, times);
      await checkCommit(parts.git, host, request.commit, times);
      const folder = await parts.store.folder("tmp");
      return withTemporaryFolder(folder, (scratch) => pushFrom(parts, { request, host, scratch, held }, options));
    },
    async isCurrent(request, options) {
      const { commit: base, branch } = request;
      return (await inspect(parts.guest, request, { base, branch }, options)).isSame;
    },
    pushFolder: (request, options) => pushFolder(parts, request, options),
    async check(request, { signal, timeoutMs }) {
      const times = { signal, timeoutMs };
      const host = await locateObjects(parts.git, request.root, times);
      await checkCommit(parts.git, host, request.commit, times);
      if (request.carried === null) return;
      const folder = await parts.store.folder("tmp");
      await withTemporaryFolder(folder, (scratch) =>
        buildChecked(parts.git, { request, host }, scratch, join(scratch, "objects"), times),
      );
    },
    async branchOf(request, options) {
      const result = await parts.guest.exec(
        request.instance,
        scriptCommand(BRANCH_SCRIPT, [request.guestPath]),
        options,
      );
      const branch = /^branch (\S+)$/mu.exec(result.stdout)?.[1] ?? "";
      return result.exitCode === 0 && ODD_BRANCH.test(branch) === false ? branch : null;
    },
    reset: (request, options) => resetTree(parts, request, options),
    resetFolder: (request, options) => resetFolder(parts, request, options),
  };
}

/** Git allows more; such a name is passed over, because a word of the worker becomes an argument there. */
const ODD_BRANCH = /^$|^[-./]|\.\.|[^A-Za-z0-9._/-]/u;

async function resetTree(parts: PushParts, request: ResetRequest, options: CallOptions): Promise<void> {
  const { signal, timeoutMs } = options;
  const { instance, guestPath, root, branch, base } = request;
  const host = await locateObjects(parts.git, root, { signal, timeoutMs });
  const { held } = await inspect(parts.guest, request, { base, branch }, options);
  const known = await parts.quarantines.known({ instance, root, commits: held }, { signal, timeoutMs });
  const also = await request.alsoKnown(held.filter((id) => !known.has(id)));
  const stdin = `${[...known, ...also, base].map((id) => `known ${id}\n`).join("")}end\n`;
  const args = [guestPath, branch ?? "", base, host.format, "none", "used"];
  checkPushed(await parts.guest.exec(instance, scriptCommand(PUSH_SCRIPT, args, stdin), options), base, request);
}

interface Scene {
  readonly request: PushRequest;
  readonly host: HostObjects;
  readonly scratch: string;
  /** null: the worker was not asked yet. */
  readonly held: Held | null;
}

interface Source {
  readonly request: Pick<PushRequest, "commit" | "carried">;
  readonly host: HostObjects;
}

async function pushFrom(parts: PushParts, scene: Scene, options: Options): Promise<Pushed> {
  const { request, host, scratch } = scene;
  const times: GitTimes = { signal: options.signal, timeoutMs: options.timeoutMs };
  const synthetic = await makeSynthetic(parts, scene, times);
  const base = synthetic?.commit ?? request.commit;
  const asked = scene.held ?? (await inspect(parts.guest, request, { base, branch: request.branch }, times));
  const { held, isSame } = asked;
  // A new worker may hold anything beside a clean tree of the same commit: it is always set right.
  if (isSame && !request.overwrite) return { base, outcome: "unchanged", changes: [] };
  const source = join(scratch, "source.git");
  const alternates = [host.objects, ...(synthetic === null ? [] : [join(synthetic.gitDir, "objects")])];
  await openBare(parts.git, source, { ...host, alternates }, times);
  const known = await parts.quarantines.known({ instance: request.instance, root: request.root, commits: held }, times);
  const changes = await changesFrom(parts.git, source, { from: request.from ?? null, to: base }, times);
  if (request.dryRun === true) return { base, outcome: "updated", ...changes };
  options.report(held.length === 0 ? "packing the code" : "packing what the worker lacks");
  const [pack] = await together(
    writePack(parts.git, source, { want: [base], have: [...known], folder: scratch }, times),
    options.prove?.() ?? Promise.resolve(),
  );
  const header = [...[...known, base].map((id) => `known ${id}`), ...host.shallow.map((id) => `shallow ${id}`), "end"];
  const stdin = withHeader(`${header.join("\n")}\n`, pack);
  options.report(`checking out ${base.slice(0, 10)}`);
  const args = [request.guestPath, request.branch ?? "", base, host.format, pack === null ? "none" : "pack"];
  args.push(request.overwrite ? "fresh" : request.onWork === "incoming" ? "beside" : "used");
  const result = await parts.guest.exec(request.instance, scriptCommand(PUSH_SCRIPT, args, stdin), times);
  const work = request.onWork === "incoming" ? divergedBy(result) : null;
  if (work !== null) return { base, outcome: "diverged", work, ...changes };
  checkPushed(result, base, request);
  return { base, outcome: "updated", ...changes };
}

const CHANGE: Readonly<Record<string, FolderChange["change"]>> = { A: "new", D: "gone", T: "attributes" };

/** Files that differ; nothing where the earlier commit is not to be had here. */
async function changesFrom(
  git: Git,
  gitDir: string,
  { from, to }: { readonly from: string | null; readonly to: string },
  times: GitTimes,
): Promise<{ readonly changes?: readonly FolderChange[] }> {
  if (from === null || (await whichExist(git, gitDir, [from], times)).size === 0) return {};
  const diff = ["diff-tree", "-r", "-z", "--name-status", "--no-renames", "--no-ext-diff", from, to];
  const fields = splitNul((await git.neutral(gitDir, diff, { ...times, maxOutputBytes: MAX_DIFF_BYTES })).stdoutBytes);
  const changes: FolderChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const change = CHANGE[fields[at]?.toString("latin1") ?? ""] ?? "content";
    changes.push({ path: escapeLine(fields[at + 1]?.toString("utf8") ?? ""), change });
  }
  return { changes };
}

/** What stood in the way where the commit was only put beside it; null where it was not. */
function divergedBy({ exitCode, stdout }: GuestResult): string | null {
  const word = /^diverged ([a-z_]+)$/mu.exec(stdout)?.[1];
  return exitCode === 0 && word !== undefined ? (HAS_WORK[word] ?? null) : null;
}

function withHeader(header: string, pack: string | null): string | Readable {
  if (pack === null) return header;
  const file = createReadStream(pack);
  return Readable.from(
    (async function* () {
      yield Buffer.from(header);
      yield* file;
    })(),
  );
}

const HAS_WORK: Readonly<Record<string, string>> = {
  has_commits: "commits that this host does not have",
  has_files: "uncommitted or untracked files",
  has_run: "a run that is still going on",
};

type Place = Pick<PushRequest, "instance" | "guestPath">;

function checkPushed(result: GuestResult, base: string, request: Place): void {
  if (result.exitCode === 0 && result.stdout.includes(`pushed ${base}`)) return;
  const work = HAS_WORK[errorWord(result) ?? ""];
  if (work !== undefined) {
    throw new RepositoryError("PUSH_HAS_WORK", `${request.instance} was not pushed to: it holds ${work}`, {
      hint: `Look at it: limaform shell ${request.instance} -- git status`,
      details: { instance: request.instance, work },
    });
  }
  if (isDiskFull(result)) throw workerFull(result, request);
  throw scriptError("PUSH_FAILED", `The code could not be brought into ${request.instance}`, result);
}

/** Less than this free after a failure, in KiB: git does not always say why it could not write a file. */
const NO_ROOM_KIB = 64;

function freeKibOf({ stdout }: GuestResult): number | null {
  const free = /^limaform-free ([0-9]{1,15})$/mu.exec(stdout)?.[1];
  return free === undefined ? null : Number(free);
}

const isDiskFull = (result: GuestResult): boolean =>
  /no space left on device|disk quota exceeded|out of disk ?space/iu.test(result.stderr) ||
  (freeKibOf(result) ?? NO_ROOM_KIB) < NO_ROOM_KIB;

function workerFull(result: GuestResult, { instance, guestPath }: Place): RepositoryError {
  const free = freeKibOf(result);
  const room = free === null ? "" : ` (${showSize(free * 1024)} free at ${guestPath})`;
  const isKept = /^limaform-kept$/mu.test(result.stdout);
  const state = isKept ? "what it held is as it was" : "its files may be part old and part new until there is room";
  const { details } = scriptError("PUSH_DISK_FULL", "", result);
  return new RepositoryError(
    "PUSH_DISK_FULL",
    `The code could not be brought into ${instance}: the disk of the worker is full${room}; ${state}`,
    {
      hint: `Make room in it: limaform shell ${instance} -- df -h; or give it a larger vm.disk in limaform.toml; then: limaform apply`,
      details,
    },
  );
}

async function checkCommit(git: Git, host: HostObjects, commit: string, times: GitTimes): Promise<void> {
  const found = isObjectId(commit) ? await whichExist(git, host.commonDir, [commit], times) : new Set();
  if (found.size > 0) return;
  throw new StalePlanError(
    "STALE_COMMIT",
    `The repository no longer has commit ${commit.slice(0, 40)}, which the plan wants in`,
    {
      hint: "Make a new plan: limaform plan",
      details: { commit },
    },
  );
}

interface Synthetic {
  readonly commit: string;
  /** The quarantine that holds it. */
  readonly gitDir: string;
}

/** The carried files as one commit on top of HEAD; the same files on the same HEAD give the same id. null: none. */
async function makeSynthetic(parts: PushParts, scene: Scene, times: GitTimes): Promise<Synthetic | null> {
  const { request, scratch } = scene;
  if (request.carried === null) return null;
  if (request.carried.digest === "") {
    await withTemporaryFolder(scratch, (inner) => buildChecked(parts.git, scene, inner, join(inner, "objects"), times));
    return null;
  }
  const gitDir = await parts.quarantines.open(request.instance, request.root, times);
  const tree = await buildChecked(parts.git, scene, scratch, join(gitDir, "objects"), times);
  const dated = ["show", "-s", "--no-show-signature", "--format=%ct", request.commit];
  const date = `${(await parts.git.neutral(gitDir, dated, times)).stdout.trim()} +0000`;
  const env = {
    ...{ GIT_AUTHOR_NAME: "limaform", GIT_AUTHOR_EMAIL: "limaform@localhost", GIT_AUTHOR_DATE: date },
    ...{ GIT_COMMITTER_NAME: "limaform", GIT_COMMITTER_EMAIL: "limaform@localhost", GIT_COMMITTER_DATE: date },
  };
  const message = "Uncommitted files carried along by limaform\n";
  const make = ["commit-tree", tree, "-p", request.commit];
  const commit = (await parts.git.neutral(gitDir, make, { ...times, env, stdin: message })).stdout.trim();
  await parts.git.neutral(gitDir, ["update-ref", `refs/limaform/base/${commit}`, commit], times);
  return { commit, gitDir };
}

async function buildChecked(
  git: Git,
  scene: Source,
  scratch: string,
  objects: string,
  times: GitTimes,
): Promise<string> {
  const { commit, carried } = scene.request;
  if (carried === null) throw new RepositoryError("PUSH_FAILED", "nothing was to be carried");
  const built = await buildCarried(
    git,
    { root: scene.host.top, head: commit, rules: carried.rules, scratch, objects },
    times,
  );
  if (built.files.digest === carried.digest) return built.tree;
  throw new StalePlanError("STALE_CARRIED", "The uncommitted files are not those of the plan any more", {
    hint: "Make a new plan: limaform plan",
    details: { planned: carried.digest, found: built.files.digest },
  });
}

interface Held {
  /** Commits that the worker says it has; empty when it has no repository there. */
  readonly held: readonly string[];
  readonly isSame: boolean;
}

async function inspect(
  guest: Guest,
  request: Place,
  { base, branch }: { readonly base: string; readonly branch: string | null },
  options: CallOptions,
): Promise<Held> {
  const args = [request.guestPath, base, branch ?? ""];
  const result = await guest.exec(request.instance, scriptCommand(INSPECT_SCRIPT, args), options);
  const lines = result.stdout.trimEnd().split("\n");
  if (result.exitCode !== 0 || result.isCut || lines.at(-1) !== "end") {
    throw scriptError("PUSH_FAILED", `${request.instance} does not say what code it has`, result);
  }
  const held = lines.flatMap((line) => (line.startsWith("ref ") && isObjectId(line.slice(4)) ? [line.slice(4)] : []));
  return { held, isSame: lines.includes("same") };
}
