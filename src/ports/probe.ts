import type { WorkFinding } from "../world/world.js";
import type { CallOptions } from "./instances.js";

/** Asks a guest what it holds that exists nowhere else (design page §6). Never throws: no answer is `unknown`. */
export interface WorkProbe {
  probe(request: ProbeRequest, options: CallOptions): Promise<WorkFinding>;
}

export interface ProbeRequest {
  readonly instance: string;
  readonly guestPath: string;
  readonly workPaths: readonly string[];
  /** Patterns of ignored files that are never work (`sync.from.exclude`). */
  readonly notWork: readonly string[];
  /** Host work tree, to ask which commits the host has; null outside a repository. */
  readonly hostRoot: string | null;
  /** ISO time the worker was made: ignored files older than this are not work. */
  readonly madeAt: string | null;
}
