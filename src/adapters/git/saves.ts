/* Effects: saved work: takes it from workers into `saved.git`, lists it, gives it back as a branch, forgets it. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ReviewError } from "../../errors/errors.js";
import type { SaveStore } from "../../ports/saves.js";
import { acceptSave } from "./accept-save.js";
import { exists, type GitTimes } from "./bare.js";
import { RECEIVE_LIMITS } from "./collect.js";
import { diffOfSave, reviewSave } from "./review-save.js";
import { createSaveRecords, type SaveRecord, summarizeSave } from "./save-record.js";
import { type SaveParts, saveWork } from "./save-work.js";
import { createSavedRepository } from "./saved-repository.js";

/** Source: design page §6. */
export function createSaveStore(parts: SaveParts): SaveStore {
  const { git, store, clock } = parts;
  const records = createSaveRecords(store);
  const saved = createSavedRepository(git, store, parts.quarantines);
  const turns = createTurn();
  const archiveOf = ({ archive }: SaveRecord): string | null =>
    archive === null ? null : join(store.root, archive.file);
  /** A record whose refs or archive never came to be is a save that was cut off. */
  const isWhole = async (record: SaveRecord, times: GitTimes): Promise<boolean> => {
    const archive = archiveOf(record);
    if (archive !== null) return exists(archive);
    const commits = record.refs.map(({ commit }) => commit);
    return (await saved.reachable(commits, times)).size === new Set(commits).size;
  };
  const whole = async (times: GitTimes): Promise<readonly SaveRecord[]> => {
    const live = (await records.all()).filter(({ discardedAt }) => discardedAt === null);
    const checked = await Promise.all(live.map(async (record) => ((await isWhole(record, times)) ? [record] : [])));
    return checked.flat();
  };
  const findLive = async (id: string): Promise<SaveRecord> => {
    const record = await records.find(id);
    if (record.discardedAt === null) return record;
    throw new ReviewError("REVIEW_NOT_FOUND", `${id} was discarded at ${record.discardedAt}`, {
      hint: "look what there is: limaform results list",
    });
  };
  const known: SaveStore["known"] = async (commits, times) => {
    const found = new Set(await saved.reachable(commits, times));
    const rest = new Set(commits.filter((id) => !found.has(id)));
    if (rest.size === 0) return found;
    for (const record of await records.all()) {
      if (record.discardedAt !== null || record.archive === null || !(await isWhole(record, times))) continue;
      for (const { commit } of record.refs) if (rest.has(commit)) found.add(commit);
    }
    return found;
  };
  return {
    known,
    save: (request, options) =>
      saveWork({ ...parts, limits: parts.limits ?? RECEIVE_LIMITS, records, saved, known, turns }, request, options),
    list: async () => (await whole(NO_LIMIT())).map(summarizeSave),
    async show(id, rules, { signal, timeoutMs }) {
      const record = await findLive(id);
      const review = await reviewSave(git, saved.gitDir, { record, rules }, { signal, timeoutMs });
      return { save: summarizeSave(record), repository: saved.gitDir, ...review };
    },
    async diff(id, request, { signal, timeoutMs }) {
      const record = await findLive(id);
      return diffOfSave(git, saved.gitDir, { record, ...request }, { signal, timeoutMs });
    },
    async accept(id, request, { signal, timeoutMs }) {
      const record = await findLive(id);
      const scratch = await store.folder("tmp");
      const times = { signal, timeoutMs };
      const accepted = await acceptSave({ git, gitDir: saved.gitDir, record, scratch, ...request }, times);
      const { branch, commit } = accepted;
      await records.write({ ...record, accepted: { branch, commit, at: clock.now() } });
      return { ...accepted, refs: request.isRepository ? record.refs : [] };
    },
    async discard(id, { signal, timeoutMs }) {
      const record = await records.find(id);
      if (record.discardedAt !== null) return;
      await records.write({ ...record, discardedAt: clock.now() });
      await saved.drop(`refs/limaform/save/${record.number}/`, { signal, timeoutMs });
      const archive = archiveOf(record);
      if (archive !== null) await rm(archive, { force: true });
    },
  };
}

const LIST_LIMIT_MS = 60_000;
const NO_LIMIT = (): GitTimes => ({ signal: new AbortController().signal, timeoutMs: LIST_LIMIT_MS });

/** One after another: two workers' saves must not take the same number. */
function createTurn() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(act: () => Promise<T>): Promise<T> => {
    const turn = last.then(act, act);
    last = turn.then(
      () => null,
      () => null,
    );
    return turn;
  };
}
