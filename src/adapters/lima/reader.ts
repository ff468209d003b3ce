import type { InstanceReader } from "../../ports/instances.js";
import type { InstanceListing } from "../../world/world.js";
import { createHost, type Host, type HostOptions } from "./host.js";
import { createLimactl, type Limactl } from "./limactl.js";
import { createLister } from "./list.js";

export interface LimaReaderOptions extends HostOptions {
  /** What the user typed, program name first, for the line that root is told. */
  readonly invocation: readonly string[];
}

/** The reading half of the engine: it needs no project, so it can be at work before one is known. */
export interface LimaReader {
  readonly home: string;
  readonly host: Host;
  /** The `limactl` of a project, which changes things too. */
  limactlFor(state: string): Limactl;
  /** Its first `list` gives what `listEarly` began. */
  readonly reader: InstanceReader;
  /**
   * Begins the listing that will be asked for next, in the place of one that nobody asked for. Resolves when limactl is under way, or when it came to nothing: that is for
   * whoever asks for the listing to learn.
   */
  listEarly(signal: AbortSignal): Promise<void>;
}

export function createLimaReader(options: LimaReaderOptions): LimaReader {
  const { home, env, invocation } = options;
  let onStart = (): void => {};
  const host = createHost(options);
  const isEmulated = () => host.isEmulated();
  const limactl = createLimactl({ home, state: null, env, invocation, isEmulated, onStart: () => onStart() });
  const lister = createLister(home, limactl);
  let early: Promise<InstanceListing> | null = null;
  return {
    home,
    host,
    limactlFor: limactl.forState,
    reader: {
      ...lister,
      list(signal) {
        const begun = early;
        early = null;
        return begun ?? lister.list(signal);
      },
      host: (signal) => host.facts(limactl, signal),
    },
    async listEarly(signal) {
      const started = new Promise<void>((resolve) => {
        onStart = resolve;
      });
      early = lister.list(signal);
      await Promise.race([started, early.catch(() => {})]);
    },
  };
}
