import { RunError, UsageError } from "../errors/errors.js";
import type { RunRecord } from "../ports/runs.js";
import type { Address } from "../resources/kind.js";
import { checkRunId } from "../runs/run-id.js";
import { partId, partName } from "../util/run-part.js";
import type { Fleet } from "./fleet.js";
import { readTaskList } from "./task-list.js";
import { chooseWorkers } from "./workers.js";

/** The parts of a run that were named: `RUN`, `RUN/SLOT` or `RUN/TASK`. Errors: RUN_NOT_FOUND, RUN_ID_INVALID, STORE_DAMAGED. */
export async function findParts(fleet: Pick<Fleet, "runs" | "store">, id: string): Promise<readonly RunRecord[]> {
  const [run = "", name = null] = id.split("/");
  checkRunId(run);
  const parts = await fleet.runs.ofRun(run);
  const found = name === null ? parts : parts.filter((record) => partName(record) === name);
  if (found.length > 0) return found;
  const tasks = (await readTaskList(fleet.store, run))?.tasks.map(({ id: task }) => `${run}/${task}`);
  const what =
    parts.length === 0 && tasks === undefined
      ? `This host knows no run ${run}`
      : `Run ${run} has no part ${JSON.stringify(name)}`;
  const ids = tasks ?? parts.map(partId);
  const known = ids.length === 0 ? "" : `its parts: ${ids.join(", ")}; `;
  throw new RunError("RUN_NOT_FOUND", what, { hint: `${known}look up the id: limaform runs list` });
}

/**
 * The last run of each worker that was typed, on workers that are gone too: their output is still here.
 *
 * Errors: USAGE_UNKNOWN_WORKER, RUN_NOT_FOUND where nothing ever ran.
 */
export async function lastParts(fleet: Pick<Fleet, "runs">, typed: readonly string[]): Promise<readonly RunRecord[]> {
  const records = await fleet.runs.list();
  if (records.length === 0) {
    throw new RunError("RUN_NOT_FOUND", "Nothing has run on the workers of this project yet", {
      hint: "begin with: limaform run -- COMMAND",
    });
  }
  const chosen = chooseRecords(records, typed);
  const last = new Map<string, RunRecord>();
  for (const record of chosen) {
    const known = last.get(record.instance);
    // Ids of one second are in no order.
    if (known === undefined || record.startedAt > known.startedAt) last.set(record.instance, record);
  }
  return chosen.filter((record) => last.get(record.instance)?.run === record.run);
}

const asAddress = (text: string): Address => text as Address;

function chooseRecords(records: readonly RunRecord[], typed: readonly string[]): readonly RunRecord[] {
  const bySlot = new Map(records.map((record) => [`${record.slot} ${record.instance}`, record]));
  const known = [...bySlot.values()].sort((left, right) => left.slot - right.slot);
  const workers = known.map(({ slot, instance }) => ({
    slot,
    instance,
    address: asAddress(`worker.default[${slot}]`),
  }));
  const chosen = new Set(chooseWorkers(workers, typed).map(({ instance }) => instance));
  if (chosen.size === 0) throw new UsageError("USAGE_UNKNOWN_WORKER", "nothing ran on those workers");
  return records.filter(({ instance }) => chosen.has(instance));
}
