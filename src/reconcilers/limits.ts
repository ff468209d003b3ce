import type { StepClass } from "../resources/kind.js";
import type { HostFacts } from "../world/world.js";

/** How many steps may run at once: of each class, and of all together. Each at least 1. */
export interface Limits {
  readonly classes: Readonly<Record<StepClass, number>>;
  readonly parallel: number;
}

/** A boot under emulation keeps a core busy for minutes; with hardware help it waits most of the time. */
const MAX_BOOTS = 8;
const DEFAULT_PARALLEL = 10;

/** Limits for this host. `parallel` is what the user allows in all (`--parallel`); null = our default. */
export function limitsFor(host: Pick<HostFacts, "cpus" | "isEmulated">, parallel: number | null): Limits {
  const half = Math.max(1, Math.floor(host.cpus / 2));
  return {
    classes: {
      clone: 4,
      boot: Math.min(MAX_BOOTS, host.isEmulated ? half : Math.max(2, half)),
      transfer: 4,
      hook: Math.max(1, Math.min(4, half)),
      light: 8,
    },
    parallel: Math.max(1, parallel ?? DEFAULT_PARALLEL),
  };
}
