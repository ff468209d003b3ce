import { GuestError, PlanError } from "../errors/errors.js";
import type { AppSession } from "./session.js";
import { findTaken } from "./taken.js";
import { type UnreadWorker, unreadWorkers } from "./unread-workers.js";
import { chooseWorkers, type Worker, workersOf } from "./workers.js";

/** The workers of the project as they are now, and those that cannot be read. */
export interface KnownWorkers {
  readonly workers: readonly Worker[];
  readonly unread: readonly UnreadWorker[];
}

/** Errors: PLAN_PROJECT_TAKEN, USAGE_NO_WORKERS where there are none at all. */
export async function knownWorkers(session: AppSession): Promise<KnownWorkers> {
  const fleet = await session.fleet();
  const listing = await fleet.reader.list(session.interrupt.first);
  const workers = workersOf(fleet, listing.instances);
  // "There are no workers" would be a lie where there are, and they are another repository's.
  const problem = workers.length === 0 ? await findTaken(fleet, listing) : null;
  if (problem !== null) throw new PlanError(problem.code, problem.text, { hint: problem.hint });
  const unread = await unreadWorkers(fleet, listing);
  if (workers.length + unread.length === 0) chooseWorkers(workers, []);
  return { workers, unread };
}

/** The workers that were typed, as they are now. Errors: those of `chooseWorkers`, PLAN_PROJECT_TAKEN. */
export async function presentWorkers(session: AppSession, typed: readonly string[]): Promise<readonly Worker[]> {
  const { workers, unread } = await knownWorkers(session);
  return chooseWorkers(workers, typed, unread);
}

/** A shell or one command in a worker, in the code's folder. Raw: what the worker prints reaches the terminal as it is. */
export async function openShell(session: AppSession, typed: string, argv: readonly string[]): Promise<number> {
  const fleet = await session.fleet();
  const [worker] = await presentWorkers(session, [typed]);
  if (worker === undefined) return 1;
  if (worker.facts.status !== "running") {
    throw new GuestError("GUEST_NOT_RUNNING", `${worker.instance} is ${worker.facts.status}`, {
      hint: `start it with: limaform start ${worker.slot}`,
    });
  }
  const cwd = worker.facts.lastPush === null ? null : String(fleet.loaded.spec.values["repo.path"]);
  return fleet.guest.openShell(worker.instance, argv, cwd);
}

/** Text for ssh's `Include`, one block a worker. */
export async function sshConfig(session: AppSession, typed: readonly string[]): Promise<string> {
  const fleet = await session.fleet();
  const workers = await presentWorkers(session, typed);
  const blocks = await Promise.all(workers.map(({ instance }) => fleet.guest.sshConfig(instance)));
  return blocks.join("\n");
}
