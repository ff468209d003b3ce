import { cpus } from "node:os";
import { join } from "node:path";
import { lookAtCode } from "../adapters/git/look.js";
import { userHome } from "../adapters/host/user-home.js";
import { type Glimpse, glanceAtFolders } from "../adapters/lima/glance.js";
import { createInstanceFiles } from "../adapters/lima/instance-files.js";
import { createGuest } from "../adapters/ssh/guest.js";
import { createStore } from "../adapters/store/store.js";
import { LimaformError } from "../errors/errors.js";
import { carryChoiceOf, carryRules } from "../resources/carry-rules.js";
import type { Address } from "../resources/kind.js";
import { mapLimit } from "../util/map-limit.js";
import { together } from "../util/together.js";
import type { PushMark } from "../world/world.js";
import type { SyncDocument, SyncRequest } from "./app.js";
import { limaHomeOf } from "./lima-home.js";
import type { LoadedSpec } from "./load-spec.js";
import { readOwnFiles } from "./own-files.js";
import { ownerOfProject } from "./owner.js";
import type { AppSession } from "./session.js";
import { wantedCode } from "./sync-wanted.js";
import { splitWords } from "./sync-words.js";

const LIMIT_MS = 60_000;

/**
 * Most calls of `sync` bring nothing. So the workers are asked first whether they have all, while the host's code is looked
 * at, on what the files beside them say: without limactl and leases, and nothing is written anywhere. A worker proves by
 * its pinned key that it is the one.
 *
 * Shape: null where it is not certain that all of them have all; then nothing was told, and it is for the long way.
 * Errors: INTERRUPTED; those of the spec.
 */
export async function lookFirst(session: AppSession, request: SyncRequest): Promise<SyncDocument | null> {
  const { deletes, checksum, paths } = request;
  if (deletes !== null || checksum || paths.length > 0) return null;
  const drop = session.standEarly();
  const loaded = await session.spec();
  if (loaded.spec.values["repo.mode"] === "files") drop();
  try {
    return await look(session, loaded, request);
  } catch (error) {
    // The long way meets it again, with all that explains it.
    if (error instanceof LimaformError && error.code !== "INTERRUPTED") return null;
    throw error;
  }
}

async function look(session: AppSession, loaded: LoadedSpec, request: SyncRequest): Promise<SyncDocument | null> {
  const { clock, interrupt, options, repository } = session;
  const { spec } = loaded;
  const startedMs = clock.monotonicMs();
  const home = await limaHomeOf(options);
  const [glimpses, { owner }] = await together(glanceAtFolders(home), ownerOfProject(session, loaded));
  const project = String(spec.values.project);
  const guestPath = String(spec.values["repo.path"]);
  const workers = askable(glimpses ?? [], { project, owner, guestPath }, request.words);
  if (workers === null) return null;

  const guest = createGuest({
    ...{ home, files: createInstanceFiles(home), clock, reader: NOT_ASKED },
    env: { ...options.env, HOME: userHome(options.env) },
  });
  const times = { signal: interrupt.first, timeoutMs: LIMIT_MS };
  const asking = mapLimit(workers, 2 * cpus().length, async ({ instance, lastPush }) => ({
    look: await lookAtCode(guest, { instance, guestPath }, times),
    lastPush,
  }));
  const store = createStore({ root: join(home, "_limaform", project), clock });
  const looking = readOwnFiles(spec, { repository, store, writes: [] }).then((ownFiles) => {
    const carry = carryRules(carryChoiceOf(spec.values, ownFiles));
    return wantedCode(repository, spec, { ...times, root: spec.root, carry });
  });
  const [wanted, looks] = await together(looking, asking);
  if (wanted === null || !looks.every(({ lastPush, look }) => look !== null && wanted.isHeld(lastPush, look)))
    return null;

  const { mode, commit, text, notes } = wanted;
  const elapsedMs = Math.round(clock.monotonicMs() - startedMs);
  for (const { slot } of workers) session.emit({ type: "sync.worker", slot, state: "unchanged", text });
  return {
    ...{ format: "limaform.sync", version: 1, project, mode, dryRun: request.dryRun, commit, verdict: "done" },
    workers: workers.map(({ slot, instance, lastPush: { base } }) => ({
      ...{ slot, instance, outcome: "unchanged", base, changes: [], gone: [], deleted: false, text, next: [] },
      ...{ elapsedMs, error: null },
    })),
    notes,
  };
}

/** Why a guest does not answer is for the long way to say. */
const NOT_ASKED = { inspect: async () => null };

interface Asked {
  readonly slot: number;
  readonly address: Address;
  readonly instance: string;
  readonly lastPush: PushMark;
}

/** The workers that were asked for; null where one of them cannot have all, by what was noted of it, or is not certain. */
export function askable(
  glimpses: readonly Glimpse[],
  ours: { readonly project: string; readonly owner: string; readonly guestPath: string },
  words: readonly string[],
): readonly Asked[] | null {
  const all = glimpses.flatMap(({ name, marks, readyAt, lastPush }) => {
    const isOurs = marks.project === ours.project && marks.owner === ours.owner && marks.name === name;
    if (!isOurs || marks.role !== "worker") return [];
    return [{ slot: marks.slot, address: marks.address as Address, instance: name, readyAt, lastPush }];
  });
  all.sort((left, right) => left.slot - right.slot);
  // Two of one slot: a rollout is under way.
  if (all.length === 0 || new Set(all.map(({ slot }) => slot)).size < all.length) return null;
  const chosen = splitWords({ workers: all, unread: [] }, words);
  const asked = chosen.workers.flatMap(({ readyAt, lastPush, ...worker }) =>
    readyAt === null || lastPush?.guestPath !== ours.guestPath ? [] : [{ ...worker, lastPush }],
  );
  return chosen.words.length === 0 && asked.length === chosen.workers.length ? asked : null;
}
