import { isThere } from "../adapters/host/files.js";
import type { PlanInput } from "../plan/input.js";
import { readRecord } from "../reconcilers/cache.js";
import type { Fleet } from "./fleet.js";

/** Times of the last steps, by `durationKey`; empty where no record is. */
export async function readLastDurations(fleet: Pick<Fleet, "store">): Promise<Readonly<Record<string, number>>> {
  return (await readRecord(fleet.store)).record?.lastDurations ?? {};
}

/** Whose the last apply was, and whether that repository is still where it was. Words for people. */
export async function readLastApplied(
  fleet: Pick<Fleet, "store">,
): Promise<NonNullable<PlanInput["lastApplied"]> | null> {
  const { record } = await readRecord(fleet.store);
  if (record === null) return null;
  const { owner, ownerPath } = record;
  return { owner, ownerPath, isThere: await isThere(ownerPath) };
}
