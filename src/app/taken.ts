import { groupInstances } from "../plan/group.js";
import { takenProblem } from "../plan/taken.js";
import type { PlanProblem } from "../resources/kind.js";
import type { InstanceListing } from "../world/world.js";
import type { Fleet } from "./fleet.js";
import { readLastApplied } from "./last-applied.js";

type Parts = Pick<Fleet, "rules" | "project" | "owner" | "ownerPath" | "store">;

/** PLAN_PROJECT_TAKEN where instances of our project are another repository's, as plan says it; else null. Reads only. */
export async function findTaken(fleet: Parts, listing: InstanceListing): Promise<PlanProblem | null> {
  const { rules, project, owner, ownerPath } = fleet;
  const { taken } = groupInstances({ rules, project, owner, world: listing, unfinished: new Map() });
  return takenProblem({ project, owner, ownerPath, lastApplied: await readLastApplied(fleet) }, taken);
}
