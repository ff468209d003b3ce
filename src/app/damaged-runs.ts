import { RunError, StoreError } from "../errors/errors.js";
import type { DamagedRun, RunRecord } from "../ports/runs.js";
import { quoteWord } from "../util/shell-quote.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";
import { readTaskList } from "./task-list.js";

/* Records of runs that cannot be read: named, and in the way of nothing but what they may be about. */

type Known = Pick<Fleet, "runs" | "store">;
type On = Pick<RunRecord, "slot" | "instance">;

/** What is known of runs; each damaged record is said once. */
export async function readRuns(session: Pick<AppSession, "emit">, fleet: Known) {
  const found = await fleet.runs.survey();
  for (const { error } of found.damaged) {
    session.emit({ type: "log", level: "warning", text: `${error.message}; ${error.hint ?? ""}` });
  }
  return found;
}

const isSlot = (name: string): boolean => /^\d{1,4}$/u.test(name);

/**
 * The worker that the part was on: its folder is named for its slot; of a task the list says who has it. null: not known,
 * so it may be any.
 */
async function slotOf(fleet: Known, { run, name }: DamagedRun): Promise<number | null> {
  if (isSlot(name)) return Number(name);
  try {
    const list = await readTaskList(fleet.store, run);
    return list?.tasks.find(({ id }) => id === name)?.given?.slot ?? null;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return null;
  }
}

/** Those that may be of this worker, the newest first. */
export async function damagedOn(
  fleet: Known,
  damaged: readonly DamagedRun[],
  slot: number,
): Promise<readonly DamagedRun[]> {
  const slots = await Promise.all(damaged.map((one) => slotOf(fleet, one)));
  return damaged.filter((_, index) => slots[index] === null || slots[index] === slot);
}

/** The one that may be the worker's last run, so that what is known is not its last word. */
export async function damagedLast(
  fleet: Known,
  damaged: readonly DamagedRun[],
  { slot, lastRun }: { readonly slot: number; readonly lastRun: string | undefined },
): Promise<DamagedRun | null> {
  const [newest] = await damagedOn(fleet, damaged, slot);
  return newest !== undefined && (lastRun === undefined || newest.run >= lastRun) ? newest : null;
}

const LOOK_LIMIT_MS = 20_000;

/**
 * A worker is not given to a new run while a damaged record may hide one that is live there, or whose work is only there.
 * The worker itself is asked: it is free where it never had that run (or was made anew since), and where it noted that the run
 * was collected. No answer frees nothing.
 *
 * Errors: RUN_WORKER_BUSY.
 */
export async function refuseHidden(
  fleet: Known,
  damaged: readonly DamagedRun[],
  { slot, instance }: On,
  signal: AbortSignal,
): Promise<void> {
  for (const { run, name, path, error } of await damagedOn(fleet, damaged, slot)) {
    const target = { run, slot, instance, ...(isSlot(name) ? {} : { task: name }) };
    const isLeft = await fleet.runs.isLeft(target, { signal, timeoutMs: LOOK_LIMIT_MS });
    if (isLeft === false) continue;
    const why =
      isLeft === null
        ? `${instance} does not say whether run ${run} is there`
        : `${instance} has run ${run}, which was not collected or is at work`;
    throw new RunError("RUN_WORKER_BUSY", `${why}, and its record is damaged: ${path}`, {
      hint: `look for its work: limaform shell ${slot}; then run all the same with --continue, or forget that run: rm ${quoteWord(path)}`,
      details: { run, slot, instance, path },
      cause: error,
    });
  }
}
