import { showSize } from "../../util/bytes.js";
import type { Json } from "../../util/json.js";
import { rememberLast } from "../../util/remember.js";
import type { AppliedSize } from "../../world/marks.js";
import { NONE } from "../decision.js";
import type { Address, DesiredNode, InstanceFacts, PlanProblem, Reason } from "../kind.js";

/** Units: bytes. Changed in place: stop, edit, start. */
export type WorkerSize = AppliedSize;

/** Shape: one object for all workers of a spec. */
export const sizeOf = ({ attributes: { cpus, memoryBytes, diskBytes } }: DesiredNode): WorkerSize =>
  sizeFrom(cpus, memoryBytes, diskBytes);

const sizeFrom = rememberLast(
  (cpus: Json | undefined, memoryBytes: Json | undefined, diskBytes: Json | undefined): WorkerSize => ({
    cpus: Number(cpus),
    memoryBytes: Number(memoryBytes),
    diskBytes: Number(diskBytes),
  }),
);

/** Reasons for an in-place update; empty when the size is right. A disk that is larger than wanted is a problem instead. */
export function sizeChanges(kept: InstanceFacts, size: WorkerSize): readonly Reason[] {
  if (kept.cpus === size.cpus && kept.memoryBytes === size.memoryBytes && kept.diskBytes >= size.diskBytes) return NONE;
  const reasons: Reason[] = [];
  if (kept.cpus !== size.cpus) reasons.push({ code: "cpus_changed", text: `cpus ${kept.cpus} → ${size.cpus}` });
  if (kept.memoryBytes !== size.memoryBytes) {
    reasons.push({
      code: "memory_changed",
      text: `memory ${showSize(kept.memoryBytes)} → ${showSize(size.memoryBytes)}`,
    });
  }
  if (kept.diskBytes < size.diskBytes) {
    reasons.push({ code: "disk_grown", text: `disk ${showSize(kept.diskBytes)} → ${showSize(size.diskBytes)}` });
  }
  return reasons;
}

export function shrinkProblem(address: Address, kept: InstanceFacts, size: WorkerSize): PlanProblem | null {
  if (kept.diskBytes <= size.diskBytes) return null;
  return {
    code: "PLAN_DISK_SHRINK",
    text: `${address}: vm.disk ${showSize(kept.diskBytes)} → ${showSize(size.diskBytes)}: a disk can only grow`,
    hint: `keep the larger size, or replace the worker: limaform apply --replace '${address}'`,
    addresses: [address],
  };
}
