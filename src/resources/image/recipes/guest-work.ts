import { ToolError } from "../../../errors/errors.js";
import type { GuestCommand, GuestResult } from "../../../ports/guest.js";
import type { DriverPorts } from "../../driver-ports.js";
import type { DriverContext } from "../../kind.js";

/** One step's way into its guest: what it is about, and its limits. */
export interface GuestWork {
  readonly ports: DriverPorts;
  readonly instance: string;
  readonly timeoutMs: number;
  readonly context: DriverContext;
  /** "node 24". */
  readonly title: string;
  /** Key of the spec to mend when it fails. */
  readonly key: string;
}

/** Runs a command, each line of it into the log. A non-zero exit code is a result. */
export function runLogged(work: GuestWork, command: GuestCommand): Promise<GuestResult> {
  const { ports, instance, timeoutMs, context } = work;
  return ports.guest.exec(instance, command, {
    signal: context.signal,
    timeoutMs,
    onLine: (line) => context.log(line),
  });
}

/**
 * Runs a POSIX shell script as root; its arguments are `$1` ….
 *
 * Errors: TOOL_INSTALL_FAILED with what it was doing; its lines are in the log.
 */
export async function runAsRoot(
  work: GuestWork,
  doing: string,
  script: string,
  { args = [], stdin }: { readonly args?: readonly string[]; readonly stdin?: GuestCommand["stdin"] } = {},
): Promise<GuestResult> {
  const command = { argv: ["sh", "-eu", "-c", script, "limaform", ...args], asRoot: true };
  const result = await runLogged(work, stdin === undefined ? command : { ...command, stdin });
  if (result.exitCode !== 0) throw installFailed(work, doing, result.exitCode);
  return result;
}

export function installFailed({ title, instance, key }: GuestWork, doing: string, exitCode: number): ToolError {
  return new ToolError("TOOL_INSTALL_FAILED", `${title}: ${doing} ended with exit code ${exitCode} on ${instance}`, {
    hint: `mend ${key} in limaform.toml, then: limaform apply`,
    details: { key, instance, exitCode },
  });
}
