import type { CallOptions } from "../ports/instances.js";
import { specPathIn } from "../resources/binding/carry.js";
import type { AcceptedResult, SaveDocument } from "./app.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";

const LIMIT_MS = 10 * 60_000;

/** `save/N`, where other results are `RUN/SLOT`. */
export const isSave = (id: string): boolean => id.startsWith("save/");

export async function showSave(session: AppSession, id: string): Promise<SaveDocument> {
  const fleet = await session.fleet();
  const options = { signal: session.interrupt.first, timeoutMs: LIMIT_MS };
  return { format: "limaform.save", version: 1, ...(await fleet.saves.show(id, await rulesOf(fleet), options)) };
}

/** A branch and refs in the user's repository; nothing is checked out, no hook runs. In files mode the files themselves. */
export async function acceptSave(session: AppSession, id: string, allow: readonly string[]): Promise<AcceptedResult> {
  const fleet = await session.fleet();
  const options = { signal: session.interrupt.second, timeoutMs: LIMIT_MS };
  return fleet.saves.accept(id, { ...(await rulesOf(fleet)), allow }, options);
}

/** Under the project's lock: what nothing refers to is removed, and no apply may be bringing objects in meanwhile. */
export async function discardSave(session: AppSession, id: string): Promise<void> {
  const { options, interrupt, emit } = session;
  const fleet = await session.fleet();
  const lock = await fleet.lock.acquire({
    operation: options.command,
    timeoutMs: options.lockTimeoutMs,
    signal: interrupt.first,
    onWaiting: ({ operation, pid }, waitedMs) =>
      emit({ type: "lock.waiting", holder: `${operation}, pid ${pid}`, waitedMs }),
    onTakenOver: ({ operation, pid, since }) =>
      emit({ type: "lock.taken_over", holder: `${operation}, pid ${pid}, since ${since}` }),
  });
  try {
    await fleet.saves.discard(id, { signal: interrupt.second, timeoutMs: LIMIT_MS });
  } finally {
    await lock.release();
  }
}

/** Made by git alone, as that of any result. */
export async function diffSave(fleet: Fleet, id: string, paths: readonly string[], options: CallOptions) {
  return fleet.saves.diff(id, { paths, isRepository: (await rulesOf(fleet)).isRepository }, options);
}

/** What a save is held against: the user's folder, whether git knows it, the spec's files. */
async function rulesOf(fleet: Fleet) {
  const { spec } = fleet.loaded;
  const top = await fleet.repositoryRoot();
  const root = top ?? spec.root;
  return { root, isRepository: top !== null, specFiles: [specPathIn(root, spec.file)] };
}
