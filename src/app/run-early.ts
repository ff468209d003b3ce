import { openApproach } from "../adapters/runs/approach.js";
import { LimaformError } from "../errors/errors.js";
import type { Approach } from "../ports/runs.js";
import type { RunRequest } from "./app.js";
import { foreseeWorkers, type Glance, glance } from "./asked-workers.js";
import { RUNS_FOLDER } from "./runs-folder.js";
import type { AppSession } from "./session.js";

/** From the connection to the start: the look, secrets that a person may be asked for, the start. */
export const SESSION_LIMIT_MS = 5 * 60_000;

export interface Place {
  readonly instance: string;
  /** Of the code in the guest. */
  readonly guestPath: string;
}

type Wanted = Pick<RunRequest, "workers" | "parallel">;

/** What a run begins with before its spec is read. */
export interface Early extends Pick<Glance, "glimpses"> {
  /** Resolves when all that goes on meanwhile is under way: the sessions, or limactl's listing where none is foreseen. */
  readonly begun: Promise<void>;
  /** The session with a worker that was foreseen, which is then the caller's to close; null: it was not. */
  take(place: Place): Promise<Approach | null>;
  /** Closes those that nobody took. */
  close(): Promise<void>;
}

/**
 * Opens sessions with the workers that will most likely be chosen: those whose marks name an owner that a spec here would
 * have. To read the spec and all that stands behind the ports takes longer than to open them. Nothing is asked, told or
 * started through them before a lease says so; who was not chosen sees a session come and go.
 */
export function foresee(session: AppSession, request: Wanted): Early {
  const seen = glance(session);
  const opening = openAll(session, request, seen).catch((error: unknown) => {
    // Whoever needs it meets it again, with all that explains it.
    if (error instanceof LimaformError) return new Map<string, Opened>();
    throw error;
  });
  const begun = begin(session, seen, opening);
  // Told to who takes or closes.
  for (const promise of [seen.glimpses, seen.guest, opening, begun]) promise.catch(() => {});
  return {
    glimpses: seen.glimpses,
    begun,
    async take({ instance, guestPath }) {
      const open = await opening;
      const found = open.get(instance);
      if (found?.guestPath !== guestPath) return null;
      open.delete(instance);
      return found.approach;
    },
    async close() {
      await Promise.all([...(await opening).values()].map(({ approach }) => approach.close()));
    },
  };
}

/** What fails here is learnt by who asks next. */
async function begin(session: AppSession, seen: Glance, opening: Promise<Sessions>): Promise<void> {
  const [found, open] = await Promise.all([seen.glimpses.catch(() => null), opening]);
  // Where no worker is foreseen limactl will be asked, and it takes longer than all that is read meanwhile.
  if (!found?.length) return session.listEarly();
  await Promise.all([...open.values()].map(({ approach }) => approach.underWay));
}

interface Opened {
  readonly guestPath: string;
  readonly approach: Approach;
}
type Sessions = Map<string, Opened>;

async function openAll(session: AppSession, request: Wanted, seen: Glance): Promise<Sessions> {
  const foreseen = await foreseeWorkers(session, seen.glimpses, request.workers);
  // Who has to wait for its turn would keep a session open all the while.
  if (foreseen === null || foreseen.workers.length > request.parallel) return new Map();
  const { guestPath, workers } = foreseen;
  const guest = await seen.guest;
  const limits = { signal: session.interrupt.first, timeoutMs: SESSION_LIMIT_MS };
  return new Map(
    workers.map(({ instance }) => {
      const place = { instance, guestPath, runsFolder: RUNS_FOLDER };
      return [instance, { guestPath, approach: openApproach(guest, place, limits) }];
    }),
  );
}
