import type { DriverPorts } from "./driver-ports.js";
import { textOf } from "./inputs.js";
import type { DriverContext, DriverStep, InstanceFacts } from "./kind.js";
import { marksOf } from "./marks-of.js";
import { notOurs, proveOurs } from "./ownership.js";

/**
 * Deletes an instance of ours, or what a cut-off clone of ours left; then base disks that no disk needs any more.
 * Gone already = done. What the user protected stays so, and limactl refuses it.
 *
 * `guard`: the last look before it goes; its error keeps the instance.
 *
 * Errors: LIMA_NOT_OURS and those of the adapter.
 */
export async function removeInstance(
  ports: DriverPorts,
  step: DriverStep,
  context: DriverContext,
  guard: (found: InstanceFacts) => Promise<void> = async () => {},
): Promise<void> {
  const options = { signal: context.signal, timeoutMs: step.timeoutMs };
  const found = await ports.reader.inspect(step.instance, context.signal);
  if (found !== null) {
    if (step.inputs.isResidue === true) refuseWhole(step, marksOf(found)?.name ?? null);
    else await proveOurs(ports.reader, step.instance, ownershipOf(step), context.signal);
    await guard(found);
    if (found.isProtected && step.inputs.unprotect === true)
      await ports.writer.setProtected(step.instance, false, options);
    context.report("deleting");
    await ports.writer.delete(step.instance, options);
  }
  await ports.disks.removeUnusedBases(options);
}

function ownershipOf({ inputs, address }: DriverStep) {
  return { project: textOf(inputs, "project"), owner: textOf(inputs, "owner"), address };
}

/** A residue that got marks of its own since the plan is a whole instance now, and the plan is wrong about it. */
function refuseWhole(step: DriverStep, markedName: string | null): void {
  if (markedName === step.instance)
    throw notOurs(step.instance, "it was a cut-off clone when planned and is whole now");
}
