import { showSize } from "../../util/bytes.js";
import { openConfigProblem } from "../closed.js";
import { NONE } from "../decision.js";
import type { Address, DecideContext, Decision, DesiredNode, InstanceFacts, PlanProblem } from "../kind.js";
import { offeredImage } from "./parts.js";
import { sizeOf } from "./size.js";

/** Why the image cannot be cloned for this worker. A clone starts with its image's disk, and a disk only grows. */
export function imageProblems(context: DecideContext, desired: DesiredNode): readonly PlanProblem[] {
  const image = offeredImage(context);
  if (image === null) return NONE;
  const open = openConfigProblem(context.address, context.byName.get(image.instance));
  const size = sizeOf(desired);
  const problems = open === null ? NONE : [open];
  if (image.diskBytes <= size.diskBytes) return problems;
  return [
    ...problems,
    {
      code: "PLAN_DISK_SHRINK",
      text: `vm.disk ${showSize(size.diskBytes)} is smaller than the disk of the image ${image.instance} (${showSize(image.diskBytes)}): a disk can only grow`,
      hint: "keep the larger size, or build the images anew: limaform apply --replace image.tools --replace image.golden",
      addresses: [context.address],
    },
  ];
}

/**
 * Why an existing worker that the decision starts must not be started. Of one that runs open and stays as it is: nothing
 * here can close it, because a restart would be refused and the sizes of Lima's own defaults win over an edit.
 */
export function openProblems(
  address: Address,
  object: InstanceFacts,
  { action, steps }: Decision,
): readonly PlanProblem[] {
  const lost = lostProblem(address, object);
  if (lost !== null && steps.some(({ verb, instance }) => verb === "start" && instance === object.name)) return [lost];
  const staysOpen = action === "update" || (action === "none" && object.status === "running");
  if (!staysOpen && !steps.some(({ verb }) => verb === "start")) return NONE;
  const problem = openConfigProblem(address, object);
  return problem === null ? NONE : [problem];
}

/** `start` of a worker whose disk is gone; an apply replaces it. */
function lostProblem(address: Address, { name, damage }: InstanceFacts): PlanProblem | null {
  if (damage?.code !== "disk_lost") return null;
  return {
    code: "LIMA_DISK_LOST",
    text: `${address}: ${name} cannot be started: ${damage.text}`,
    hint: `make it anew: limaform apply --replace '${address}'`,
    addresses: [address],
  };
}
