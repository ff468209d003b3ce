import { cpus } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { lookAtCode } from "../adapters/git/look.js";
import { createStore } from "../adapters/store/store.js";
import { LimaformError } from "../errors/errors.js";
import type { CodeStand } from "../ports/runs.js";
import { carryChoiceOf, carryRules } from "../resources/carry-rules.js";
import { mapLimit } from "../util/map-limit.js";
import { together } from "../util/together.js";
import type { SyncDocument, SyncRequest } from "./app.js";
import { askable, type Foreseen, foreseeWorkers, type Glance, glance } from "./asked-workers.js";
import { limaHomeOf } from "./lima-home.js";
import type { LoadedSpec } from "./load-spec.js";
import { readOwnFiles } from "./own-files.js";
import { ownerOfProject } from "./owner.js";
import type { AppSession } from "./session.js";
import { wantedCode } from "./sync-wanted.js";

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
  const seen = glance(session);
  const unwanted = new AbortController();
  const options = { signal: AbortSignal.any([session.interrupt.first, unwanted.signal]), timeoutMs: LIMIT_MS };
  const early = askEarly(session, request, { ...seen, options });
  // Told to who asks for it.
  for (const promise of [seen.glimpses, seen.guest, early]) promise.catch(() => {});
  const drop = session.standEarly();
  try {
    // The spec's language is evaluated in one piece: read first, it would hold up the question.
    await early.catch(() => {});
    const loaded = await session.spec();
    if (loaded.spec.values["repo.mode"] === "files") drop();
    return await look(session, { loaded, request, early, ...seen, options });
  } catch (error) {
    // The long way meets it again, with all that explains it.
    if (error instanceof LimaformError && error.code !== "INTERRUPTED") return null;
    throw error;
  } finally {
    unwanted.abort(new Error("nobody asks for the look"));
  }
}

type Asking = Pick<Foreseen, "guestPath"> & { readonly workers: readonly { readonly instance: string }[] };

interface Looking extends Glance {
  readonly options: Parameters<typeof lookAtCode>[2];
}

interface EarlyLook extends Foreseen {
  readonly looks: Promise<readonly (CodeStand | null)[]>;
}

/** Asks the workers that are foreseen, before the spec is read. Resolves when the question is on its way. */
async function askEarly(session: AppSession, request: SyncRequest, looking: Looking): Promise<EarlyLook | null> {
  const foreseen = await foreseeWorkers(session, looking.glimpses, request.words);
  if (foreseen === null) return null;
  const { promise: begun, resolve: onStart } = Promise.withResolvers<void>();
  const looks = askAll({ ...looking, options: { ...looking.options, onStart } }, foreseen);
  await Promise.race([begun, looks.catch(() => {})]);
  return { ...foreseen, looks };
}

async function askAll({ guest, options }: Looking, { guestPath, workers }: Asking) {
  const reached = await guest;
  return mapLimit(workers, 2 * cpus().length, ({ instance }) => lookAtCode(reached, { instance, guestPath }, options));
}

interface Look extends Looking {
  readonly loaded: LoadedSpec;
  readonly request: SyncRequest;
  readonly early: Promise<EarlyLook | null>;
}

async function look(session: AppSession, given: Look): Promise<SyncDocument | null> {
  const { loaded, request, options } = given;
  const { clock, repository } = session;
  const { spec } = loaded;
  const startedMs = clock.monotonicMs();
  const [glimpses, { owner }] = await together(given.glimpses, ownerOfProject(session, loaded));
  const project = String(spec.values.project);
  const guestPath = String(spec.values["repo.path"]);
  const workers = askable(glimpses ?? [], { project, owner, guestPath }, request.words);
  if (workers === null) return null;

  const early = await given.early;
  const isForeseen = early !== null && isDeepStrictEqual([early.guestPath, early.workers], [guestPath, workers]);
  const asking = isForeseen ? early.looks : askAll(given, { guestPath, workers });
  const store = createStore({ root: join(await limaHomeOf(session.options), "_limaform", project), clock });
  const reading = readOwnFiles(spec, { repository, store, writes: [] }).then((ownFiles) => {
    const carry = carryRules(carryChoiceOf(spec.values, ownFiles));
    return wantedCode(repository, spec, { ...options, root: spec.root, carry });
  });
  const [wanted, looks] = await together(reading, asking);
  if (wanted === null) return null;
  const isHeld = ({ lastPush }: (typeof workers)[number], index: number): boolean => {
    const stand = looks[index] ?? null;
    return stand !== null && wanted.isHeld(lastPush, stand);
  };
  if (!workers.every(isHeld)) return null;

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
