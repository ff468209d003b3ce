import { LimaError } from "../../errors/errors.js";
import type { DriverPorts } from "../driver-ports.js";

/**
 * What says that this VM is past mending, and not that its host lacks something (room, acceleration, a program) or was
 * too slow. The next plan replaces such a worker instead of repairing it again at every apply.
 */
const BEYOND_REPAIR: ReadonlySet<string> = new Set(["LIMA_HALF_DEAD", "LIMA_STOP_TIMEOUT", "LIMA_START_FAILED"]);

/** Mends and starts, and notes beside the instance when that is known to be in vain; a success takes the note away. */
export async function notingFailure(
  ports: Pick<DriverPorts, "files" | "clock">,
  instance: string,
  mend: () => Promise<void>,
): Promise<void> {
  try {
    await mend();
  } catch (error) {
    const isInVain = error instanceof LimaError && BEYOND_REPAIR.has(error.code);
    if (isInVain) await ports.files.writeRepair(instance, { at: ports.clock.now(), text: error.message });
    throw error;
  }
  await ports.files.writeRepair(instance, null);
}
