import type { Address, Intent, KindRules, ResolvedSpec } from "../resources/kind.js";
import type { SourceFacts } from "../world/sources.js";
import type { World } from "../world/world.js";
import type { PlanOptions } from "./document.js";

/** Everything that a plan depends on. Same input, same bytes. */
export interface PlanInput {
  readonly rules: readonly KindRules[];
  readonly engine: string;
  readonly project: string;
  readonly owner: string;
  readonly ownerPath: string;
  readonly intent: Intent;
  readonly options: PlanOptions;
  readonly spec: ResolvedSpec | null;
  readonly specDigest: string;
  readonly warnings: readonly string[];
  readonly sources: SourceFacts;
  readonly world: World;
  /** Instances that an apply of ours was making when it was cut off, with the address they were for. */
  readonly unfinished: ReadonlyMap<string, Address>;
  /** Whose the last apply of a project of this name was, as the record says. Words for people only, never a reason. */
  readonly lastApplied?: {
    readonly owner: string;
    readonly ownerPath: string;
    /** False where nothing is at that path any more: the repository moved, or was deleted. */
    readonly isThere?: boolean;
  } | null;
  /** By commit that an image was built from: how many commits HEAD has since. Absent = not known. Words for people only. */
  readonly commitsSince?: Readonly<Record<string, number>>;
  /** ISO time. */
  readonly now: string;
}
