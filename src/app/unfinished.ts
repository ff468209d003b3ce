import { readJournal } from "../reconcilers/cache.js";
import { openLines } from "../record/journal.js";
import type { Address } from "../resources/kind.js";
import type { Fleet } from "./fleet.js";

export interface Unfinished {
  /** Instances that an apply of ours was making or deleting when it was cut off, with their addresses. */
  readonly unfinished: ReadonlyMap<string, Address>;
  readonly notices: readonly string[];
}

/** What the journal proves to be ours although it has no marks. Errors: STORE_…. */
export async function readUnfinished(fleet: Pick<Fleet, "store">): Promise<Unfinished> {
  const { lines, notices } = await readJournal(fleet.store);
  const open = openLines(lines).filter(({ verb }) => verb === "create" || verb === "delete");
  return { unfinished: new Map(open.map(({ instance, address }) => [instance, address as Address])), notices };
}
