import type { CallOptions } from "./instances.js";

/** What goes into workers, watched on this host. */
export interface CodeEvents {
  /**
   * Calls `onEvent` once it watches, and whenever files that go in, the branch or HEAD may have changed, until the signal
   * comes. Hints alone: files that git ignores or `skip` names give none, and none may be all there is.
   *
   * Errors: REPO_NO_EVENTS where the system gives no more of them; REPO_….
   */
  follow(request: CodeEventsRequest, onEvent: () => void, options: CallOptions): Promise<void>;
}

export interface CodeEventsRequest {
  /** Top of the work tree, or a folder that is no repository. */
  readonly root: string;
  /** Gitignore-style patterns of what never goes in. */
  readonly skip: readonly string[];
}
