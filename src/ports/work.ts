import type { InstanceFacts, WorkFinding } from "../world/world.js";
import type { CallOptions } from "./instances.js";
import type { ProbeRequest } from "./probe.js";

/**
 * Work on workers as plans and drivers meet it: one answer to "what is at risk here", and what keeps it from being lost.
 */
export interface WorkKeeper {
  /**
   * What a worker holds that exists nowhere else. A running guest is asked, so is one whose host processes are half dead;
   * of a stopped one counts what its `stop` noted, while its disk is as it was. Never throws for want of an answer.
   */
  find(facts: InstanceFacts, request: ProbeRequest, options: CallOptions): Promise<WorkFinding>;
  /**
   * Saves on the host whatever of it can be saved. Repeating it is safe; with nothing left to save it does nothing.
   *
   * Errors: WORK_SAVE_FAILED, WORK_TOO_LARGE; GUEST_… and REPO_….
   */
  save(request: SaveRequest, options: CallOptions & { readonly report: (text: string) => void }): Promise<void>;
  /** Notes what was found right before the stop, with the disk as it is now. null: nothing is known of this disk. */
  noteStopped(instance: string, finding: WorkFinding | null): Promise<void>;
}

export interface SaveRequest {
  readonly probe: ProbeRequest;
  readonly address: string;
  /** The action that the work is saved from. */
  readonly why: string;
  /** What the probe found, for the list of saves. */
  readonly finding: WorkFinding;
}
