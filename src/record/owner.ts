import { posix } from "node:path";
import { sha256Hex } from "../util/digest.js";

export interface OwnerPlace {
  /** Real path of the git common directory; null outside a repository. Worktrees share it, clones do not. */
  readonly commonDirectory: string | null;
  /** Real path of the work tree; outside a repository of the spec's folder. */
  readonly root: string;
  /** Real path of the spec file. */
  readonly specFile: string;
}

export interface Owner {
  /** 12 hex digits. */
  readonly owner: string;
  /** The path that it was computed from, for people. */
  readonly ownerPath: string;
}

/**
 * Which repository a project belongs to.
 *
 * Shape: the same for all worktrees of a repository, whatever the folder they are in.
 * Source: design page §1, "owner".
 */
export function ownerOf(place: OwnerPlace): Owner {
  const ownerPath = place.commonDirectory ?? place.root;
  const inside = posix.relative(place.root, place.specFile);
  return { owner: sha256Hex(`${ownerPath}\0${inside}`).slice(0, 12), ownerPath };
}
