import { findProgram } from "../adapters/doctor/programs.js";
import { LimaError } from "../errors/errors.js";
import type { Plan } from "../plan/document.js";

const NEEDS_SSH = new Set(["start", "push", "save"]);
const NEEDS_QEMU_IMG = new Set(["create", "seal"]);

/**
 * Programs beside limactl that the steps of a plan will call: better missed now than in the middle.
 *
 * Errors: LIMA_TOOL_MISSING before anything is done.
 */
export async function requirePrograms(
  { steps, host }: Pick<Plan, "steps" | "host">,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const needs = (verbs: ReadonlySet<string>) => steps.some(({ verb }) => verbs.has(verb));
  const names = [
    ...(needs(NEEDS_SSH) ? ["ssh"] : []),
    ...(needs(NEEDS_QEMU_IMG) && host.cloneMethod === "linked" ? ["qemu-img"] : []),
  ];
  const found = await Promise.all(names.map((name) => findProgram(name, env)));
  const missing = names.filter((_, index) => found[index] === null);
  if (missing.length === 0) return;
  const what = missing.join(" and ");
  const verb = missing.length === 1 ? "is" : "are";
  throw new LimaError("LIMA_TOOL_MISSING", `${what} ${verb} not installed, or not on the PATH. Nothing was done.`, {
    hint: "to see what is missing and how to get it on this system: limaform doctor",
    details: { missing },
  });
}
