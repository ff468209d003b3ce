import type { Guest } from "../../ports/guest.js";

const PREFIX = "limaform-build-";

/** Name of the systemd scope of a build step, without its ending. */
export const unitOf = (step: string): string => `${PREFIX}${step}`;

/**
 * Ends whatever a step that was cut off left running: with limaform killed, its commands in the guest go on by themselves.
 */
export async function endLeftovers(guest: Guest, instance: string, signal: AbortSignal): Promise<void> {
  const script = `systemctl kill --signal=KILL '${PREFIX}*.scope' 2> /dev/null
systemctl stop '${PREFIX}*.scope' 2> /dev/null
exit 0`;
  await guest.exec(instance, { argv: ["sh", "-c", script], asRoot: true }, { signal, timeoutMs: 60_000 });
}
