import { lockAlive } from "../adapters/lock/busy.js";
import type { HeldLock } from "../ports/host.js";
import type { UnlockDocument } from "./app.js";
import type { AppSession } from "./session.js";

/** The project's lock and the leases of its workers. Reads only. */
export async function listLocks(session: AppSession): Promise<UnlockDocument> {
  const fleet = await session.fleet();
  return documentOf(fleet.project, await fleet.lock.held());
}

/**
 * Removes these locks. What was released or taken anew meanwhile is left alone, so that nobody loses a lock that no one
 * has looked at.
 *
 * Shape: the document has what was removed.
 * Errors: LOCK_BUSY for a holder that certainly lives on this host, after the others were released.
 */
export async function releaseLocks(session: AppSession, locks: readonly HeldLock[]): Promise<UnlockDocument> {
  const fleet = await session.fleet();
  const now = await fleet.lock.held();
  const asked = new Set(locks.map(({ id }) => id));
  const chosen = now.filter(({ id }) => asked.has(id));
  const removed: HeldLock[] = [];
  for (const lock of chosen.filter(({ liveness }) => liveness !== "alive")) {
    if (await fleet.lock.remove(lock)) removed.push(lock);
  }
  const alive = chosen.find(({ liveness }) => liveness === "alive");
  if (alive !== undefined) throw lockAlive(alive, fleet.project);
  return documentOf(fleet.project, removed);
}

function documentOf(project: string, locks: readonly HeldLock[]): UnlockDocument {
  return { format: "limaform.unlock", version: 1, project, locks };
}
