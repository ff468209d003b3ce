import { ToolError } from "../../../errors/errors.js";
import { escapeLine } from "../../../util/escape.js";
import { type GuestWork, runLogged } from "./guest-work.js";
import type { ToolCheck } from "./recipe.js";

/** What a shell says of a program that SIGILL ended. */
const ILLEGAL_INSTRUCTION = 132;
const NEEDS_OTHER_CPU = `The CPU of the VM lacks an instruction that it needs. Emulated x86 VMs have no CMPXCHG16B unless it is asked for:
export QEMU_SYSTEM_X86_64='qemu-system-x86_64 -machine q35,vmport=off -accel tcg,thread=multi,tb-size=512 -cpu max'
limaform build --no-cache && limaform apply`;

/**
 * Asks a tool for its version, as the guest's user does. `wanted` null = any.
 *
 * Errors: TOOL_CHECK_FAILED.
 */
export async function checkTool(work: GuestWork, { argv, pattern }: ToolCheck, wanted: string | null): Promise<string> {
  const line = argv.join(" ");
  work.context.log(`$ ${line}`);
  const { exitCode, stdout } = await runLogged(work, { argv });
  if (exitCode === ILLEGAL_INSTRUCTION)
    throw checkFailed(work, `${line} ended with an illegal instruction`, NEEDS_OTHER_CPU);
  if (exitCode !== 0) throw checkFailed(work, `${line} ended with exit code ${exitCode}`);
  const version = pattern.exec(stdout)?.[1];
  if (version === undefined) throw checkFailed(work, `${line} tells no version`);
  if (wanted !== null && version !== wanted) {
    throw checkFailed(work, `${line} says ${escapeLine(version)}, and ${wanted} was installed`);
  }
  return version;
}

export function checkFailed({ title, instance, key }: GuestWork, why: string, hint?: string): ToolError {
  return new ToolError("TOOL_CHECK_FAILED", `${title} does not work on ${instance}: ${why}`, {
    hint: hint ?? `mend ${key} in limaform.toml, then: limaform apply`,
    details: { key, instance },
  });
}
