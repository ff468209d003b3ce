import { findDrift } from "../plan/drift.js";
import { readRecord } from "../reconcilers/cache.js";
import type { DriftDocument } from "./app.js";
import { observe } from "./observe.js";
import type { AppSession } from "./session.js";
import { readUnfinished } from "./unfinished.js";

/** Reads only: it is handed readers, takes no lock and asks no guest. Errors: DRIFT_NO_BASELINE. */
export async function readDrift(session: AppSession): Promise<DriftDocument> {
  const fleet = await session.fleet();
  const world = await observe(session, fleet);
  const { record, notices } = await readRecord(fleet.store);
  const journal = await readUnfinished(fleet);
  for (const text of [...notices, ...journal.notices]) session.emit({ type: "log", level: "warning", text });
  const drift = findDrift({
    rules: fleet.rules,
    project: fleet.project,
    owner: fleet.owner,
    world,
    record,
    unfinished: journal.unfinished,
    spec: fleet.loaded.spec,
  });
  session.emit({ type: "drift.found", items: drift.items.length });
  return drift;
}
