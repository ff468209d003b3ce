import type { PlanProblem, ResolvedSpec } from "../resources/kind.js";
import { readSize, showSize } from "../util/bytes.js";
import type { HostFacts, InstanceFacts } from "../world/world.js";
import type { Needs } from "./document.js";

export interface CapacityInput {
  readonly needs: Needs;
  readonly host: HostFacts;
  readonly spec: ResolvedSpec | null;
  /** Running instances of other projects and people. */
  readonly others: readonly InstanceFacts[];
}

interface Judged {
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly string[];
}

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** What the host keeps for itself. */
const RESERVED_PART = 0.1;
const LEAST_RESERVE = GIB;

/**
 * Whether the host can bear the plan's worst moment. What does not fit is refused, with what is needed, what there is and
 * which key decides; what is only tight is said. A plan that leaves no more in use than there is now is never refused.
 */
export function judgeCapacity(input: CapacityInput): Judged {
  const { needs } = input;
  if (!needs.startsAny) return { problems: [], notes: [] };
  return merge([cpus(input), memory(input), disk(input)]);
}

const merge = (parts: readonly Judged[]): Judged => ({
  problems: parts.flatMap(({ problems }) => problems),
  notes: parts.flatMap(({ notes }) => notes),
});

const nothing: Judged = { problems: [], notes: [] };
const overLimit = (text: string, hint: string): Judged => ({
  problems: [{ code: "PLAN_OVER_LIMIT", text, hint, addresses: [] }],
  notes: [],
});

function cpus({ needs, host, spec }: CapacityInput): Judged {
  if (needs.largestCpus > host.cpus) {
    return overLimit(
      `a worker with ${needs.largestCpus} CPUs does not fit on this host, which has ${host.cpus}`,
      `set vm.cpus to ${host.cpus} or less in limaform.toml`,
    );
  }
  const limit = spec?.values["limits.cpus"];
  if (typeof limit === "number" && needs.cpus > limit) {
    return overLimit(
      `${needs.running} VMs at once need ${needs.cpus} CPUs; limits.cpus allows ${limit} (the host has ${host.cpus})`,
      "lower workers or vm.cpus, or raise limits.cpus in limaform.toml, then: limaform plan",
    );
  }
  if (needs.cpus <= host.cpus) return nothing;
  return {
    problems: [],
    notes: [`${needs.running} VMs share the ${host.cpus} CPUs of this host (${needs.cpus} in all)`],
  };
}

function memory({ needs, host, spec, others }: CapacityInput): Judged {
  if (needs.memoryBytes <= needs.memoryBytesNow) return nothing;
  const own = needs.running * overheadOf(host);
  const need = needs.memoryBytes + own;
  const needed = `at its worst moment this plan has ${needs.running} VMs running with ${showSize(needs.memoryBytes)} of memory, and about ${showSize(own)} more for the programs that run them`;
  const hint =
    "lower workers, vm.memory or rollout.surge in limaform.toml, or raise limits.memory, then: limaform plan";
  const set = sizeOf(spec, "limits.memory");
  if (set !== null) {
    if (need > set)
      return overLimit(
        `${needed}; limits.memory allows ${showSize(set)} (the host has ${showSize(host.memoryBytes)})`,
        hint,
      );
    return need <= host.memoryBytes
      ? nothing
      : {
          problems: [],
          notes: [`limits.memory is more than this host has (${showSize(host.memoryBytes)}): it may run out of memory`],
        };
  }
  const reserve = reserveOf(host.memoryBytes);
  const taken = others.reduce((total, { memoryBytes }) => total + memoryBytes, 0);
  if (need <= host.memoryBytes - reserve - taken) return nothing;
  const names = others.map(({ name }) => name).join(", ");
  const minus = [
    `${showSize(reserve)} are kept for the host`,
    ...(taken > 0 ? [`${showSize(taken)} belong to other VMs (${names})`] : []),
  ];
  return overLimit(`${needed}; this host has ${showSize(host.memoryBytes)}, of which ${minus.join(" and ")}`, hint);
}

/** QEMU's own, beside the guest's memory; under emulation the cache of translated code (tb-size) comes on top. */
function overheadOf({ vmType, isEmulated }: HostFacts): number {
  if (vmType === "vz") return 64 * MIB;
  return isEmulated ? 768 * MIB : 160 * MIB;
}

function disk({ needs, host, spec }: CapacityInput): Judged {
  const set = sizeOf(spec, "limits.disk");
  if (set !== null && needs.growthBytes > set) {
    return overLimit(
      `the disks of the workers can grow to ${showSize(needs.growthBytes)} in all; limits.disk allows ${showSize(set)}`,
      "lower workers or vm.disk (only new workers get a smaller one), or raise limits.disk in limaform.toml, then: limaform plan",
    );
  }
  const free = host.diskFreeBytes;
  if (free === undefined) return nothing;
  const reserve = Math.min(LEAST_RESERVE, free * RESERVED_PART);
  if (needs.diskBytes > free - reserve) {
    return overLimit(
      `this plan writes about ${showSize(needs.diskBytes)} to disk; ${host.limaHome} has ${showSize(free)} free`,
      "make room there (limaform image prune, limactl prune), or lower workers in limaform.toml",
    );
  }
  if (needs.growthBytes <= free) return nothing;
  return {
    problems: [],
    notes: [`disks are thin: the workers can grow to ${showSize(needs.growthBytes)}, and ${showSize(free)} are free`],
  };
}

const reserveOf = (bytes: number): number =>
  Math.min(bytes / 2, Math.max(LEAST_RESERVE, Math.floor(bytes * RESERVED_PART)));

function sizeOf(spec: ResolvedSpec | null, key: string): number | null {
  const value = spec?.values[key];
  return typeof value === "string" ? readSize(value) : null;
}
