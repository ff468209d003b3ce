import { isDeepStrictEqual } from "node:util";
import { glanceAtOne } from "../adapters/lima/glance.js";
import { LimaformError } from "../errors/errors.js";
import type { LockHandle } from "../ports/host.js";
import type { Approach } from "../ports/runs.js";
import { carryChoiceOf, carryRules } from "../resources/carry-rules.js";
import { together } from "../util/together.js";
import type { RunRequest } from "./app.js";
import { askable } from "./asked-workers.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import { readOwnFiles } from "./own-files.js";
import { refuseUncollected } from "./reserve.js";
import { type Early, SESSION_LIMIT_MS } from "./run-early.js";
import { type BegunRun, beginRun } from "./run-head.js";
import type { StartPlace } from "./run-start.js";
import type { AppSession } from "./session.js";
import { wantedCode } from "./sync-wanted.js";

const GIT_LIMIT_MS = 60_000;

/** A worker that is reserved, has all of the code, and waits for a start in a session that is open. */
export interface Approached extends StartPlace {
  readonly lease: LockHandle;
  readonly approach: Approach;
}

export interface ApproachedRun {
  readonly begun: BegunRun;
  readonly workers: readonly Approached[];
}

/**
 * Most runs meet workers that are ready, free and have the code. So these are taken on what the files beside them say,
 * as `sync` looks first: no limactl. Each is proved under its lease, by its marks and its pinned key, and says itself
 * where its code stands; the start goes through the same session.
 *
 * Shape: null where that is not certain of all of them; then nothing was told or is written, and it is for the long way.
 * The caller ends it with `leave`. Errors: INTERRUPTED; what is no failure of the outside world.
 */
export async function approachWorkers(
  session: AppSession,
  fleet: Fleet,
  request: RunRequest,
  early: Early,
): Promise<ApproachedRun | null> {
  const taken: Taken = { open: [], leases: [], begun: null };
  let found: ApproachedRun | null = null;
  try {
    found = await approachAll(session, fleet, { request, early }, taken);
  } catch (error) {
    // The long way meets it again, with all that explains it.
    if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
  } finally {
    if (found === null) {
      await taken.begun?.drop();
      await leave(taken);
    }
  }
  return found;
}

/** Closes sessions that nothing was started through, and gives the workers back. */
export async function leave({ open, leases }: Pick<Taken, "open" | "leases">): Promise<void> {
  await Promise.all(open.map((one) => one.close()));
  for (const lease of leases) await lease.release();
}

interface Taken {
  readonly open: Approach[];
  readonly leases: LockHandle[];
  begun: BegunRun | null;
}

/** Waits for all, so that what was taken on the way is known; then the first failure is told. */
async function allOf<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

/** What the workers must stand on; null where it is more than a commit or a folder as it was brought. */
async function wanted({ repository, interrupt }: AppSession, { loaded: { spec }, store }: Fleet) {
  const ownFiles = await readOwnFiles(spec, { repository, store, writes: [] });
  const carry = carryRules(carryChoiceOf(spec.values, ownFiles));
  return wantedCode(repository, spec, { signal: interrupt.first, timeoutMs: GIT_LIMIT_MS, root: spec.root, carry });
}

interface Wish {
  readonly request: RunRequest;
  readonly early: Early;
}

async function approachAll(session: AppSession, fleet: Fleet, { request, early }: Wish, taken: Taken) {
  const { project, owner, limaHome } = fleet;
  const { values } = fleet.loaded.spec;
  const guestPath = String(values["repo.path"]);
  const looking = wanted(session, fleet);
  const glimpses = await early.glimpses;
  const workers = askable(glimpses ?? [], { project, owner, guestPath }, request.workers);
  // Who has to wait for its turn would keep a session open all the while.
  if (workers === null || workers.length > request.parallel) {
    looking.catch(() => {});
    return null;
  }
  const taking = workers.map(async (worker) => {
    const { instance } = worker;
    const options = { signal: session.interrupt.first, timeoutMs: SESSION_LIMIT_MS };
    const approach =
      (await early.take({ instance, guestPath })) ?? fleet.runs.approach({ instance, guestPath }, options);
    taken.open.push(approach);
    const lease = await leaseWorker(session, fleet, instance, 0);
    taken.leases.push(lease);
    // What another limaform did while we had no lease shows in the files.
    const now = await glanceAtOne(limaHome, instance);
    const isSame = isDeepStrictEqual(
      now,
      glimpses?.find(({ name }) => name === instance),
    );
    return { worker, lease, approach, isSame };
  });
  const reached = await allOf(taking);
  if (!reached.every(({ isSame }) => isSame)) {
    looking.catch(() => {});
    return null;
  }
  // Its name reaches the disk while the workers are asked.
  const run = beginRun(session, fleet.store, request);
  taken.begun = run;
  const asking = allOf(reached.map(({ approach }) => approach.look()));
  const [code, [stands]] = await together(
    looking,
    together(asking, refuseUncollected(fleet, workers, { continue: false })),
  );
  const isHeld = ({ worker: { lastPush } }: (typeof reached)[number], index: number) => {
    const stand = stands[index] ?? null;
    return stand !== null && code?.isHeld(lastPush, stand) === true;
  };
  if (!reached.every(isHeld)) return null;
  const approached = reached.map(({ worker: { slot, instance, lastPush }, lease, approach }) => ({
    ...{ slot, instance, facts: { lastPush }, lease, approach },
  }));
  return { begun: run, workers: approached };
}
