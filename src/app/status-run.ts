import { isEnded } from "../runs/state.js";
import type { JsonObject } from "../util/json.js";
import { partId } from "../util/run-part.js";
import { damagedLast, readRuns } from "./damaged-runs.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";
import type { Worker } from "./workers.js";

const LOOK_LIMIT_MS = 20_000;

/** The last run of each worker, as the worker shows it now where it may be at work; nothing is noted. By instance. */
export async function runsOfWorkers(
  session: AppSession,
  fleet: Fleet,
  workers: readonly Worker[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const { records, damaged } = await readRuns(session, fleet);
  const options = { signal: session.interrupt.first, timeoutMs: LOOK_LIMIT_MS };
  const found = await Promise.all(
    workers.map(async ({ slot, instance, facts }): Promise<readonly [string, JsonObject][]> => {
      const own = records.filter((record) => record.instance === instance);
      const hidden = await damagedLast(fleet, damaged, { slot, lastRun: own[0]?.run });
      if (hidden !== null) {
        const { run, name, error } = hidden;
        return [[instance, { id: `${run}/${name}`, state: "unknown", text: error.message, hint: error.hint ?? "" }]];
      }
      // Of a task list the part that is at work, else the one that was last.
      const inRun = own.filter(({ run }) => run === own[0]?.run);
      const last =
        inRun.find(({ state }) => !isEnded(state)) ??
        [...inRun].sort((left, right) => (left.startedAt < right.startedAt ? 1 : -1))[0];
      if (last === undefined) return [];
      const isRunning = facts.status === "running";
      const now = isEnded(last.state)
        ? last
        : isRunning
          ? await fleet.runs.look(last, options)
          : { ...last, state: "unreachable", text: `${instance} is not running` };
      const { state, text, startedAt, updatedAt } = now;
      const collected = await fleet.isCollected(last);
      return [[instance, { id: partId(last), state, text, startedAt, updatedAt, collected }]];
    }),
  );
  return new Map(found.flat());
}
