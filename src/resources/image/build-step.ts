import type { JsonObject } from "../../util/json.js";
import type { DriverPorts } from "../driver-ports.js";
import type { DriverContext, DriverStep } from "../kind.js";

/**
 * One named step of an image's build: pure data, part of the plan; becomes one plan step (its verb is the name).
 *
 * Shape: `name` is unique in its image, `[a-z][a-z0-9_-]*`. `key` is a digest of everything that decides the result
 * (recipe number included): an unfinished build goes on behind those of its steps whose keys are the wanted ones.
 * Units: `timeoutMs`.
 */
export interface BuildStep {
  readonly name: string;
  /** Words for people: "node 24". */
  readonly title: string;
  readonly key: string;
  readonly timeoutMs: number;
  /** Which runner executes it: `hook`, `code`, or one of the recipes'. */
  readonly kind: string;
  /** Everything that the runner needs. */
  readonly inputs: JsonObject;
}

/**
 * What a runner returns; noted beside the instance and kept with the image.
 *
 * Units: bytes.
 */
export interface BuildOutcome {
  /** Resolved version. */
  readonly version: string | null;
  /** Where it came from (URL without credentials); null for scripts. */
  readonly source: string | null;
  /** Files from outside, now. */
  readonly downloadedBytes: number;
  /** Indexes from outside, now. */
  readonly indexBytes: number;
  /** Taken from the host's cache. */
  readonly cachedBytes: number;
}

/** Of a step that takes nothing from outside by itself; what a hook does is not counted. */
export const NO_BYTES = { downloadedBytes: 0, indexBytes: 0, cachedBytes: 0 } as const;

/** Executes one step in the guest. Throws typed errors; repeating it on the same disk is safe. */
export type BuildRunner = (
  ports: DriverPorts,
  step: DriverStep,
  build: BuildStep,
  context: DriverContext,
) => Promise<BuildOutcome>;
