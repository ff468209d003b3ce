/* Who can be asked something without limactl, and who will most likely be: by the files beside the instances. */
import { realOrSame } from "../adapters/host/files.js";
import { userHome } from "../adapters/host/user-home.js";
import { type Glimpse, glanceAtFolders } from "../adapters/lima/glance.js";
import { createInstanceFiles } from "../adapters/lima/instance-files.js";
import { createGuest } from "../adapters/ssh/guest.js";
import type { Guest } from "../ports/guest.js";
import { ownerOf } from "../record/owner.js";
import type { Address } from "../resources/kind.js";
import { candidates } from "../spec/candidates.js";
import type { PushMark } from "../world/world.js";
import { limaHomeOf } from "./lima-home.js";
import type { AppSession } from "./session.js";
import { splitWords } from "./sync-words.js";

export interface Asked {
  readonly slot: number;
  readonly address: Address;
  readonly instance: string;
  readonly lastPush: PushMark;
}

/** The workers that were asked for; null where one of them cannot have all, by what was noted of it, or is not certain. */
export function askable(
  glimpses: readonly Glimpse[],
  ours: { readonly project: string; readonly owner: string; readonly guestPath: string },
  words: readonly string[],
): readonly Asked[] | null {
  const all = glimpses.flatMap(({ name, marks, readyAt, lastPush }) => {
    const isOurs = marks.project === ours.project && marks.owner === ours.owner && marks.name === name;
    if (!isOurs || marks.role !== "worker") return [];
    return [{ slot: marks.slot, address: marks.address as Address, instance: name, readyAt, lastPush }];
  });
  all.sort((left, right) => left.slot - right.slot);
  // Two of one slot: a rollout is under way.
  if (all.length === 0 || new Set(all.map(({ slot }) => slot)).size < all.length) return null;
  const chosen = splitWords({ workers: all, unread: [] }, words);
  const asked = chosen.workers.flatMap(({ readyAt, lastPush, ...worker }) =>
    readyAt === null || lastPush?.guestPath !== ours.guestPath ? [] : [{ ...worker, lastPush }],
  );
  return chosen.words.length === 0 && asked.length === chosen.workers.length ? asked : null;
}

export interface Glance {
  /** Instances with our marks, as their files say; see `glanceAtFolders`. */
  readonly glimpses: Promise<readonly Glimpse[] | null>;
  /** Why one of them does not answer is for the long way to say, with limactl. */
  readonly guest: Promise<Guest>;
}

export function glance({ options, clock }: AppSession): Glance {
  const home = limaHomeOf(options);
  const env = { ...options.env, HOME: userHome(options.env) };
  const reader = { inspect: async () => null };
  return {
    glimpses: home.then(glanceAtFolders),
    guest: home.then((home) => createGuest({ home, env, clock, reader, files: createInstanceFiles(home) })),
  };
}

export interface Foreseen {
  /** Of the code in the guests. */
  readonly guestPath: string;
  readonly workers: readonly Asked[];
}

/**
 * The workers that will most likely be asked: those whose marks name an owner that a spec here would have. To read the spec
 * takes longer than to ask them; who asks early must hold what the spec says against it afterwards.
 *
 * Shape: null where none is foreseen.
 */
export async function foreseeWorkers(
  session: AppSession,
  seen: Glance["glimpses"],
  words: readonly string[],
): Promise<Foreseen | null> {
  const [glimpses, owners] = await Promise.all([seen, likelyOwners(session)]);
  const [first, ...others] = (glimpses ?? []).filter(
    ({ marks, lastPush }) => marks.role === "worker" && lastPush !== null && owners.includes(marks.owner),
  );
  const guestPath = first?.lastPush?.guestPath;
  if (first === undefined || guestPath === undefined) return null;
  // One spec, one project; who renamed it is told by the long way what that means.
  if (others.some(({ marks }) => marks.project !== first.marks.project)) return null;
  const { project, owner } = first.marks;
  const workers = askable(glimpses ?? [], { project, owner, guestPath }, words);
  return workers === null ? null : { guestPath, workers };
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
