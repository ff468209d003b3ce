/* Effects: takes one worker's work into `saved.git`, or into an archive where git's checks refuse it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryError, ReviewError, WorkError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";
import type { Clock, Store } from "../../ports/host.js";
import type { CallOptions } from "../../ports/instances.js";
import type { ProbeRequest } from "../../ports/probe.js";
import type { SaveStore, SaveSummary } from "../../ports/saves.js";
import type { SaveRequest } from "../../ports/work.js";
import { sha256Hex } from "../../util/digest.js";
import { escapeLine } from "../../util/escape.js";
import { type GitTimes, openBare, whichExist } from "./bare.js";
import { fetchPack, type ReceiveLimits, STRICT } from "./collect.js";
import { type Extra, listExtras } from "./extras.js";
import type { Git } from "./git.js";
import { MAX_FILES } from "./probe-answer.js";
import { askWork } from "./probe-ask.js";
import type { Quarantines } from "./quarantine.js";
import { confirmSaved, type Entry, type GuestHistory, listHistory, packHistory } from "./save-guest.js";
import { type SaveRecord, type SaveRecords, summarizeSave } from "./save-record.js";
import { SAVE_PACK } from "./save-script.js";
import type { SavedRepository } from "./saved-repository.js";
import { withTemporaryFolder } from "./temporary.js";

/** What saves stand on. */
export interface SaveParts {
  readonly git: Git;
  readonly guest: Guest;
  readonly store: Store;
  readonly quarantines: Quarantines;
  readonly clock: Pick<Clock, "now">;
  readonly limits?: ReceiveLimits;
}

interface Scene extends SaveParts {
  readonly limits: ReceiveLimits;
  readonly records: SaveRecords;
  readonly saved: SavedRepository;
  readonly known: SaveStore["known"];
  readonly turns: <T>(act: () => Promise<T>) => Promise<T>;
}

type Options = CallOptions & { readonly report: (text: string) => void };

/** See the port. The order makes it repeatable: objects, then the record, then the refs, then the worker is told. */
export async function saveWork(scene: Scene, request: SaveRequest, options: Options): Promise<SaveSummary | null> {
  const { probe } = request;
  const times: GitTimes = { signal: options.signal, timeoutMs: options.timeoutMs };
  options.report("looking what is only in the worker");
  const listed = await listHistory(scene.guest, probe, times);
  const history = { ...listed, entries: [...listed.entries, ...(await findExtras(scene, probe, times))] };
  const wanted = await chooseWanted(scene, request, history, times);
  const summary =
    wanted.entries.length === 0 ? null : await takeOver(scene, { request, history, wanted }, { options, times });
  await confirmSaved(scene.guest, probe, history.files, times);
  return summary;
}

/** Work outside the repository's own branches and files. Errors: WORK_SAVE_FAILED, WORK_TOO_LARGE. */
async function findExtras(scene: Scene, request: ProbeRequest, times: GitTimes): Promise<readonly Extra[]> {
  const parts = { guest: scene.guest, quarantines: scene.quarantines, saves: scene, runsFolder: "/nonexistent" };
  const held = await askWork(parts, request, times);
  if (!held.hasExtras) return [];
  if (held.more.isCut) throw tooMany(request.instance);
  try {
    return await listExtras(scene.guest, { request, held, mode: "keep" }, times);
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    throw new WorkError("WORK_SAVE_FAILED", `the work on ${request.instance} is not saved: ${error.message}`, {
      hint: `look at it: limaform shell ${request.instance}; nothing was ended`,
      details: error.details,
      cause: error,
    });
  }
}

function tooMany(instance: string): WorkError {
  return new WorkError(
    "WORK_TOO_LARGE",
    `the work on ${instance} is not saved: more than ${MAX_FILES} changed files that git ignores`,
    {
      hint: `if they can be made again, name them in sync.from.exclude; else copy them out: limaform shell ${instance}`,
    },
  );
}

interface Wanted {
  readonly entries: readonly Entry[];
  /** Commits of the worker that this host has. */
  readonly bases: readonly string[];
}

/** What neither the repository, a quarantine nor `saved.git` has; each commit once, under its first name. */
async function chooseWanted(
  { quarantines, known }: Scene,
  { probe }: SaveRequest,
  { files, entries, base }: GuestHistory,
  times: GitTimes,
): Promise<Wanted> {
  const own = files === null ? [] : [{ name: "files", commit: files, object: files }];
  const all = [...own, ...entries];
  const commits = [...new Set([...all.map(({ commit }) => commit), ...(base === null ? [] : [base])])];
  const onHost = await quarantines.known({ instance: probe.instance, root: probe.hostRoot, commits }, times);
  const inSaved = await known(
    commits.filter((id) => !onHost.has(id)),
    times,
  );
  const seen = new Set<string>();
  const wanted = all.filter(({ commit, object }) => {
    if (onHost.has(commit) || inSaved.has(commit) || seen.has(object)) return false;
    seen.add(object);
    return true;
  });
  return { entries: wanted, bases: commits.filter((id) => onHost.has(id) || inSaved.has(id)) };
}

interface Taking {
  readonly request: SaveRequest;
  readonly history: GuestHistory;
  readonly wanted: Wanted;
}

async function takeOver(
  scene: Scene,
  { request, history, wanted }: Taking,
  { options, times }: { readonly options: Options; readonly times: GitTimes },
): Promise<SaveSummary> {
  const { saved, guest, turns } = scene;
  const { probe } = request;
  const { format } = history;
  options.report("bringing over what the work stands on");
  const bases = await turns(async () => {
    await saved.open(format, [], times);
    await saved.importBases({ instance: probe.instance, root: probe.hostRoot, commits: wanted.bases, format }, times);
    return [...(await whichExist(scene.git, saved.gitDir, wanted.bases, times))].sort();
  });
  options.report("packing the work");
  const want = wanted.entries.map(({ object }) => object);
  const packBytes = await packHistory(guest, probe, { want, known: bases }, times);
  return withTemporaryFolder(await scene.store.folder("tmp"), async (folder) => {
    options.report("fetching it");
    const place = { instance: probe.instance, guestPath: probe.guestPath, run: SAVE_PACK };
    const file = await fetchCapped(scene, place, { packBytes, folder, limits: scene.limits }, times);
    options.report("checking and keeping it");
    return turns(() => keep(scene, { request, wanted: wanted.entries, bases, format, file, folder }, times));
  });
}

async function fetchCapped(
  { guest }: Scene,
  place: Parameters<typeof fetchPack>[1],
  pack: Parameters<typeof fetchPack>[2],
  times: GitTimes,
): Promise<string> {
  try {
    return await fetchPack(guest, place, pack, times);
  } catch (error) {
    if (!(error instanceof ReviewError)) throw error;
    const { instance } = place;
    throw new WorkError(
      error.code === "REVIEW_TOO_LARGE" ? "WORK_TOO_LARGE" : "WORK_SAVE_FAILED",
      `the work on ${instance} is not saved: ${error.message}`,
      { hint: `copy it out by hand: limaform shell ${instance}; nothing was ended`, cause: error },
    );
  }
}

interface Received {
  readonly request: SaveRequest;
  readonly wanted: readonly Entry[];
  readonly bases: readonly string[];
  readonly format: GuestHistory["format"];
  readonly file: string;
  readonly folder: string;
}

async function keep(scene: Scene, received: Received, times: GitTimes): Promise<SaveSummary> {
  const { records, saved, store } = scene;
  const refusal = await refusalOf(scene, received, times);
  const record = await describe(scene, received, refusal);
  if (record.archive === null) {
    const take = ["index-pack", "--stdin", STRICT];
    await scene.git.neutral(saved.gitDir, take, { ...times, stdin: createReadStream(received.file) });
  } else {
    await keepArchive(received, join(store.root, record.archive.file));
  }
  await records.write(record);
  const prefix = `refs/limaform/save/${record.number}`;
  const own =
    record.archive === null ? record.refs.map(({ ref }, index) => [ref, record.objects[index] ?? ""] as const) : [];
  // What the work stands on stays as long as the work, so that an archive can be made whole.
  const below = record.bases.map((id, index) => [`${prefix}/base/${index + 1}`, id] as const);
  await saved.point(new Map([...own, ...below]), times);
  return summarizeSave(record);
}

/** Why git's checks refuse what came, tried in a repository that is thrown away; null = they pass. */
async function refusalOf({ git, saved, limits }: Scene, received: Received, times: GitTimes): Promise<string | null> {
  const { file, folder, format, wanted, bases } = received;
  const incoming = join(folder, "incoming.git");
  await openBare(git, incoming, { format, shallow: [], alternates: [join(saved.gitDir, "objects")] }, times);
  const want = wanted.flatMap(({ object, commit }) => [object, commit]);
  try {
    const take = ["index-pack", "--stdin", STRICT, `--max-input-size=${limits.packBytes}`];
    await git.neutral(incoming, take, { ...times, stdin: createReadStream(file) });
    for (const { commit } of wanted) await git.neutral(incoming, ["cat-file", "commit", commit], times);
    const stdin = [...want, ...bases.map((id) => `^${id}`)].map((line) => `${line}\n`).join("");
    await git.neutral(incoming, ["rev-list", "--objects", "--quiet", "--stdin"], { ...times, stdin });
    return null;
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code !== "REPO_GIT_FAILED") throw error;
    return error.message;
  }
}

/** The bytes as they came, once they are known to be whole: a pack ends with the digest of what is before. */
async function keepArchive({ file, format, request }: Received, target: string): Promise<void> {
  const { size } = await stat(file);
  const length = format === "sha1" ? 20 : 32;
  const hash = createHash(format);
  const trailer: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: Math.max(0, size - length - 1) }))
    hash.update(chunk as Buffer);
  for await (const chunk of createReadStream(file, { start: Math.max(0, size - length) }))
    trailer.push(chunk as Buffer);
  if (!Buffer.concat(trailer).equals(hash.digest())) {
    const { instance } = request.probe;
    throw new WorkError("WORK_SAVE_FAILED", `the work on ${instance} is not saved: its pack did not come whole`, {
      hint: "apply again; nothing was ended",
    });
  }
  await copyFile(file, `${target}.tmp`);
  await rename(`${target}.tmp`, target);
}

async function describe(
  { records, clock }: Scene,
  { request, wanted, bases, file }: Received,
  refusal: string | null,
): Promise<SaveRecord> {
  const { probe, address, why, finding } = request;
  const key = sha256Hex(JSON.stringify([probe.instance, ...wanted.map(({ name, object }) => [name, object])]));
  const all = await records.all();
  const earlier = all.find((record) => record.key === key && record.discardedAt === null);
  const number = earlier?.number ?? (all[0]?.number ?? 0) + 1;
  const items = finding.kind === "known" ? finding.items.filter(({ savable }) => savable === true) : [];
  return {
    ...{ id: `save/${number}`, number, key, instance: probe.instance, address, why },
    savedAt: earlier?.savedAt ?? clock.now(),
    items: items.map(({ kind, count, bytes }) => ({ kind, count, bytes })),
    refs: wanted.map(({ name, commit }, index) => ({
      name: escapeLine(name).slice(0, 200),
      ref: `refs/limaform/save/${number}/${name === "files" ? "files" : index + 1}`,
      commit,
    })),
    objects: wanted.map(({ object }) => object),
    bases,
    archive: refusal === null ? null : { file: `saves/${number}.pack`, bytes: (await stat(file)).size, why: refusal },
    accepted: earlier?.accepted ?? null,
    discardedAt: null,
  };
}
