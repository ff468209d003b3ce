import { groupInstances } from "../plan/group.js";
import { kindOf, slotOf } from "../resources/address.js";
import type { Address } from "../resources/kind.js";
import type { InstanceListing } from "../world/world.js";
import type { Fleet } from "./fleet.js";
import { readUnfinished } from "./unfinished.js";

/** A worker that is ours, or by its name may be, and cannot be read. Unknown is not absent. */
export interface UnreadWorker {
  readonly slot: number;
  readonly address: Address;
  readonly instance: string;
  readonly why: string;
}

type Parts = Pick<Fleet, "rules" | "project" | "owner" | "store">;

/** Workers that cannot be read, as plan says it, by slot. Reads only. Errors: STORE_…. */
export async function unreadWorkers(fleet: Parts, listing: InstanceListing): Promise<readonly UnreadWorker[]> {
  const { rules, project, owner } = fleet;
  const unknownWith = (unfinished: ReadonlyMap<string, Address>) =>
    groupInstances({ rules, project, owner, world: listing, unfinished }).unknown;
  if (unknownWith(new Map()).size === 0) return [];
  // What an apply of ours began is no riddle; the journal is read only where there is one.
  const { unfinished } = await readUnfinished(fleet);
  return [...unknownWith(unfinished)]
    .filter(([address]) => kindOf(address) === "worker")
    .flatMap(([address, list]) =>
      list.map(({ name, why }) => ({ slot: slotOf(address), address, instance: name, why: why.join("; ") })),
    )
    .sort((left, right) => left.slot - right.slot);
}

/** In one sentence; `limaform plan` says what to do about it. */
export const unreadText = ({ slot, instance, why }: UnreadWorker): string =>
  `worker ${slot} (${instance}) cannot be read: ${why}`;
