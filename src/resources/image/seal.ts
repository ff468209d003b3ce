import type { DriverPorts } from "../driver-ports.js";
import { textOf, textOrNull, textsOf } from "../inputs.js";
import type { DriverContext, DriverStep } from "../kind.js";
import { proveOurs } from "../ownership.js";
import { resetIdentity, scanForSecrets, sweep, takeInventory } from "./inspect.js";
import { recordOf } from "./record.js";
import { SEAL } from "./resume.js";
import { noteOf } from "./run-step.js";

/**
 * Clean → list → scan → identity reset → stop → disk becomes base and overlay → protection → `sealed` mark. Last the mark: it makes it usable.
 * With it goes the revision: a build that went on after a change of the spec is of another one than it began as.
 *
 * Shape: cut off anywhere, all of it is done again from a boot on: whoever started the guest meanwhile gave it an identity.
 */
export async function seal(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const options = { signal, timeoutMs: step.timeoutMs };
  const { instance, address } = step;
  const revision = textOf(step.inputs, "revision");
  const { marks } = await proveOurs(ports.reader, instance, { address }, signal);
  // Until the scan is through nothing is taken away that a running instance needs: a build that stops here goes on here.
  report("removing caches and logs");
  await sweep(ports.guest, instance, options);
  report("listing what is installed");
  const inventory = await takeInventory(ports.guest, instance, options);
  report("looking for secrets");
  const note = await noteOf(ports, instance);
  // A note that was lost does not tell when the build began: then everything is read.
  const isScannedBefore = marks.image !== "" && note.origin !== "";
  const inspection = { ...(await inspectionOf(ports, step, signal)), since: note.startedAt, isScannedBefore };
  const scan = await scanForSecrets(ports.guest, instance, inspection, {
    ...options,
    nowMs: () => ports.clock.monotonicMs(),
  });
  const begun = { name: SEAL, key: revision, startedAt: ports.clock.now() };
  await ports.files.writeBuild(instance, { ...note, begun });
  report("removing keys and identity");
  await resetIdentity(ports.guest, instance, options);
  report("stopping");
  await ports.writer.stop(instance, { ...options, force: false });
  await ports.files.clear(instance);
  report("sealing its disk");
  await ports.disks.seal(instance, options);
  await ports.writer.setProtected(instance, true, options);
  await ports.files.writeBuild(instance, { ...note, begun: null });
  const sealedAt = ports.clock.now();
  const { limaVersion } = await ports.reader.host(signal);
  const builtBy = ports.images.builder(limaVersion);
  await ports.images.write(recordOf(step, { marks, revision, sealedAt, note, inventory, scan, builtBy }));
  await ports.writer.edit(instance, { marks: { revision, sealed: sealedAt } }, options);
}

/** What the scan looks for and where it does not. Values are read now and kept nowhere. */
async function inspectionOf(ports: DriverPorts, { inputs }: DriverStep, signal: AbortSignal) {
  const { known, unknown } = await ports.secrets.read(signal);
  const allowed = textsOf(inputs, "allowed");
  return { secrets: known, unknown, allowed, repository: textOrNull(inputs, "repository") };
}
