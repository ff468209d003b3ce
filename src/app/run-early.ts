import { realOrSame } from "../adapters/host/files.js";
import { userHome } from "../adapters/host/user-home.js";
import { type Glimpse, glanceAtFolders } from "../adapters/lima/glance.js";
import { createInstanceFiles } from "../adapters/lima/instance-files.js";
import { createRunUnits } from "../adapters/runs/units.js";
import { createGuest } from "../adapters/ssh/guest.js";
import { LimaformError } from "../errors/errors.js";
import type { Approach } from "../ports/runs.js";
import { ownerOf } from "../record/owner.js";
import { candidates } from "../spec/candidates.js";
import type { RunRequest } from "./app.js";
import { limaHomeOf } from "./lima-home.js";
import { RUNS_FOLDER } from "./runs-folder.js";
import type { AppSession } from "./session.js";
import { askable } from "./sync-look.js";

/** From the connection to the start: the look, secrets that a person may be asked for, the start. */
export const SESSION_LIMIT_MS = 5 * 60_000;

export interface Place {
  readonly instance: string;
  /** Of the code in the guest. */
  readonly guestPath: string;
}

type Chosen = Pick<RunRequest, "workers" | "parallel">;

/** What a run begins with before its spec is read. */
export interface Early {
  /** Instances with our marks, as their files say. */
  readonly glimpses: Promise<readonly Glimpse[] | null>;
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
export function foresee(session: AppSession, request: Chosen): Early {
  const home = limaHomeOf(session.options);
  const glimpses = home.then(glanceAtFolders);
  const opening = openAll(session, request, { home, glimpses }).catch((error: unknown) => {
    // Whoever needs it meets it again, with all that explains it.
    if (error instanceof LimaformError) return new Map<string, Opened>();
    throw error;
  });
  // Told to who takes or closes.
  for (const promise of [glimpses, opening]) promise.catch(() => {});
  return {
    glimpses,
    async take({ instance, guestPath }) {
      const open = await opening;
      const found = open.get(instance);
      if (found?.guestPath !== guestPath) return null;
      open.delete(instance);
      return found.approach;
    },
    async close() {
      for (const { approach } of (await opening).values()) approach.close();
    },
  };
}

interface Opened {
  readonly guestPath: string;
  readonly approach: Approach;
}

interface Host {
  readonly home: Promise<string>;
  readonly glimpses: Promise<readonly Glimpse[] | null>;
}

async function openAll(session: AppSession, request: Chosen, host: Host): Promise<Map<string, Opened>> {
  const { options, clock, interrupt } = session;
  const [home, glimpses, owners] = await Promise.all([host.home, host.glimpses, likelyOwners(session)]);
  const open = new Map<string, Opened>();
  const [first, ...others] = (glimpses ?? []).filter(
    ({ marks, lastPush }) => marks.role === "worker" && lastPush !== null && owners.includes(marks.owner),
  );
  const guestPath = first?.lastPush?.guestPath;
  if (first === undefined || guestPath === undefined) return open;
  // One spec, one project; who renamed it is told by the long way what that means.
  if (others.some(({ marks }) => marks.project !== first.marks.project)) return open;
  const { project, owner } = first.marks;
  const workers = askable(glimpses ?? [], { project, owner, guestPath }, request.workers) ?? [];
  if (workers.length > request.parallel) return open;
  const guest = createGuest({
    ...{ home, files: createInstanceFiles(home), clock, reader: { inspect: async () => null } },
    env: { ...options.env, HOME: userHome(options.env) },
  });
  const units = createRunUnits(guest, RUNS_FOLDER);
  const limits = { signal: interrupt.first, timeoutMs: SESSION_LIMIT_MS };
  for (const { instance } of workers) {
    open.set(instance, { guestPath, approach: units.approach({ instance, guestPath }, limits) });
  }
  return open;
}

/** Of the specs that may be found from here; none where the spec or its owner is named from outside. */
async function likelyOwners({ options, repository }: AppSession): Promise<readonly string[]> {
  const { cwd, config, env } = options;
  if (config !== null || env.LIMAFORM_CONFIG || env.LIMAFORM_OWNER) return [];
  const [start, top, commonDirectory] = await Promise.all([
    realOrSame(cwd),
    repository.topLevel(cwd),
    repository.commonDirectory(cwd),
  ]);
  const root = top ?? start;
  return candidates(start, top, null).map((specFile) => ownerOf({ commonDirectory, root, specFile }).owner);
}
