import { LimaformError, RepositoryError } from "../errors/errors.js";
import type { CallOptions } from "../ports/instances.js";
import { probeLimitMs, probeRequestOf } from "../resources/probe-request.js";
import type { TaskPlace } from "../runs/task-list.js";
import { quoteWord } from "../util/shell-quote.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";
import type { Worker } from "./workers.js";

const LIMIT_MS = 10 * 60_000;

interface Taking {
  readonly run: string;
  readonly worker: Worker;
  /** Where it stood at its first task. */
  readonly place: TaskPlace | undefined;
}

/**
 * Takes a worker back to the code that each task of a list begins on; what is neither collected nor elsewhere is saved
 * before. False: it takes no task any more, and why is said.
 *
 * Errors: INTERRUPTED.
 */
export async function resetWorker(session: AppSession, fleet: Fleet, { run, worker, place }: Taking): Promise<boolean> {
  const { slot } = worker;
  const options = { signal: session.interrupt.first, timeoutMs: LIMIT_MS };
  const root = fleet.loaded.spec.values["repo.mode"] === "files" ? null : await fleet.repositoryRoot();
  const reset = resetOf(fleet, { worker, place, root }, options);
  if (reset === null) return true;
  const report = (text: string) => session.emit({ type: "run.worker", slot, state: "preparing", text });
  try {
    try {
      await reset();
    } catch (error) {
      if (!(error instanceof RepositoryError) || error.code !== "PUSH_HAS_WORK") throw error;
      report("saving what is only there");
      const host = await fleet.reader.host(session.interrupt.first);
      const probe = probeRequestOf(worker.facts, fleet.loaded.spec, root);
      const finding = await fleet.work.find(worker.facts, probe, { ...options, timeoutMs: probeLimitMs(host) });
      const why = `task list ${run}`;
      await fleet.work.save({ probe, address: worker.address, why, finding }, { ...options, report });
      await reset();
    }
    return true;
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
    session.emit({ type: "log", level: "warning", text: refusal(error, worker, run) });
    return false;
  }
}

function refusal(error: LimaformError, { slot, address }: Worker, run: string): string {
  const why = `worker ${slot} takes no further task: ${error.message}`;
  if (!(error instanceof RepositoryError)) return why;
  const then = `limaform apply --replace ${quoteWord(address)} && limaform runs attach ${run}`;
  return `${why}; a new one takes the rest, and what is only in this one is saved first: ${then}`;
}

type Target = Omit<Taking, "run"> & { readonly root: string | null };

/** null: no code went in, so there is nothing to go back to. */
function resetOf(fleet: Fleet, { worker, place, root }: Target, options: CallOptions): (() => Promise<void>) | null {
  const { values } = fleet.loaded.spec;
  if (place === undefined || place.base === null) return null;
  const request = {
    ...{ instance: worker.instance, guestPath: String(values["repo.path"]), base: place.base },
    alsoKnown: (commits: readonly string[]) => fleet.saves.known(commits, options),
  };
  if (values["repo.mode"] === "files") return () => fleet.code.resetFolder(request, options);
  return root === null ? null : () => fleet.code.reset({ ...request, root, branch: place.branch }, options);
}
