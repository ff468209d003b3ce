import type { DriverPorts } from "../driver-ports.js";
import { textOf } from "../inputs.js";
import type { DriverContext, DriverStep } from "../kind.js";
import { proveOurs } from "../ownership.js";
import { resetIdentity } from "./identity.js";
import { SEAL } from "./resume.js";
import { noteOf } from "./run-step.js";

/**
 * Identity reset → stop → disk becomes base and overlay → protection → `sealed` mark. Last the mark: it makes it usable.
 * With it goes the revision: a build that went on after a change of the spec is of another one than it began as.
 *
 * Shape: cut off anywhere, all of it is done again from a boot on: whoever started the guest meanwhile gave it an identity.
 */
export async function seal(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const options = { signal, timeoutMs: step.timeoutMs };
  const { instance, address } = step;
  const revision = textOf(step.inputs, "revision");
  await proveOurs(ports.reader, instance, { address }, signal);
  const note = await noteOf(ports, instance);
  const begun = { name: SEAL, key: revision, startedAt: ports.clock.now() };
  await ports.files.writeBuild(instance, { ...note, begun });
  report("removing keys, logs and identity");
  await resetIdentity(ports.guest, instance, options);
  report("stopping");
  await ports.writer.stop(instance, { ...options, force: false });
  await ports.files.clear(instance);
  report("sealing its disk");
  await ports.disks.seal(instance, options);
  await ports.writer.setProtected(instance, true, options);
  await ports.files.writeBuild(instance, { ...note, begun: null });
  await ports.writer.edit(instance, { marks: { revision, sealed: ports.clock.now() } }, options);
}
