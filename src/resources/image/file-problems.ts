import type { DecideContext, DesiredNode, PlanProblem } from "../kind.js";
import { type Architecture, resolveEntry } from "./entry.js";

/** A local base image that is not the pinned one is found before anything is made of it. Only sha256 is compared. */
export function fileProblems(context: DecideContext, desired: DesiredNode): readonly PlanProblem[] {
  const { spec, sources, world } = context;
  if (spec === null) return [];
  const arch = String(desired.attributes.arch ?? world.host.arch) as Architecture;
  const entry = resolveEntry(spec, arch, sources);
  if (entry === null || entry.contentDigest === null || entry.digest === null) return [];
  if (!entry.digest.startsWith("sha256:") || entry.digest === entry.contentDigest) return [];
  return [
    {
      code: "PLAN_FILE_CHANGED",
      text: `${entry.location} is not the file that the spec pins: vm.image has ${entry.digest}, the file ${entry.contentDigest}`,
      hint: "fetch the file again, or write its digest into limaform.toml if you trust it, then: limaform plan",
      addresses: [context.address],
    },
  ];
}
