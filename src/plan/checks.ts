import { compareAddresses } from "../resources/address.js";
import type { Address, Decision, DesiredNode, InstanceFacts, PlanProblem } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import type { Groups } from "./group.js";
import type { PlanInput } from "./input.js";
import { takenProblems } from "./taken.js";

/** Problems of the world as a whole that make a plan not applicable. One function a rule; all are reported. */
export function worldProblems(input: PlanInput, groups: Groups): readonly PlanProblem[] {
  return [...takenProblems(input, groups), ...listingProblems(input), ...sourceProblems(input)];
}

/** True when the listing as a whole failed: then nothing absent may be taken for deleted. */
export function isListingUnknown({ failures }: Pick<PlanInput["world"], "failures">): boolean {
  return failures.some(({ instance }) => instance === "");
}

/** A failure of the listing itself matters everywhere; one of a single instance only at its address (`decide.ts`). */
function listingProblems({ world }: PlanInput): PlanProblem[] {
  return world.failures
    .filter(({ instance }) => instance === "")
    .map(({ text }) => ({
      code: "PLAN_UNKNOWN",
      text: `the listing of instances could not be read: ${text}`,
      hint: "unknown is not absent, so nothing is planned on it; look with: limactl list",
      addresses: [],
    }));
}

function sourceProblems(input: PlanInput): PlanProblem[] {
  // What they decide is which image is the wanted one.
  if (input.intent.kind !== "apply" && input.intent.kind !== "prune") return [];
  return input.sources.problems.map(({ code, text, hint }) => ({ code, text, hint, addresses: [] }));
}

/** Names that Lima would refuse, found before anything is made: those of this plan and of all that the spec wants. */
export function nameProblems(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  decisions: readonly Decision[],
): readonly PlanProblem[] {
  const { maxNameLength, limaHome } = input.world.host;
  const given = decisions
    .filter(({ action }) => action === "create" || action === "replace")
    .map(({ address, instance }) => ({ address, name: instance }));
  const wanted = input.intent.kind === "apply" ? wantedNames(graph) : [];
  const tooLong = [...wanted, ...given].filter(({ name }) => name.length > maxNameLength);
  if (tooLong.length === 0) return [];
  const longest = longestOf(tooLong.map(({ name }) => name));
  return [
    {
      code: "PLAN_NAME_TOO_LONG",
      text: `the instance name ${longest} has ${longest.length} characters; under LIMA_HOME=${limaHome} Lima allows ${maxNameLength} (socket paths)`,
      hint: "choose a shorter project name, or a LIMA_HOME with a shorter path, then: limaform plan",
      addresses: [...new Set(tooLong.map(({ address }) => address))].sort(compareAddresses),
    },
  ];
}

/**
 * What a user has protected with `limactl protect` is not deleted, whatever the spec says; all of them are named. Steps
 * that take limaform's own protection away say so (`unprotect`).
 */
export function protectedProblems(input: PlanInput, decisions: readonly Decision[]): readonly PlanProblem[] {
  const isProtected = new Set(input.world.instances.filter((object) => object.isProtected).map(({ name }) => name));
  const refused = decisions.flatMap(({ address, steps }) =>
    steps
      .filter(
        ({ verb, instance, inputs }) => verb === "delete" && isProtected.has(instance) && inputs.unprotect !== true,
      )
      .map(({ instance }) => ({ address, instance })),
  );
  if (refused.length === 0) return [];
  const names = refused.map(({ instance }) => instance);
  return [
    {
      code: "PLAN_PROTECTED",
      text: `somebody protected ${names.join(", ")} with limactl protect, and this plan would delete ${names.length === 1 ? "it" : "them"}`,
      hint: `keep what is there, or allow it: ${names.map((name) => `limactl unprotect ${name}`).join(" && ")}`,
      addresses: [...new Set(refused.map(({ address }) => address))],
    },
  ];
}

function wantedNames(graph: ReadonlyMap<Address, DesiredNode>) {
  return [...graph.values()].flatMap(({ address, attributes: { baseName } }) =>
    typeof baseName === "string" ? [{ address, name: baseName }] : [],
  );
}

const longestOf = (names: readonly string[]): string =>
  names.reduce((longest, name) => (name.length > longest.length ? name : longest), "");

/** What the name of a second object beside the first has more, at least (`-g2`, `-b2`): a surge twin, a second build. */
const TWIN_LENGTH = 3;

/** Of a worker whose original is gone, and whose place nobody has taken yet: most likely it was only renamed. */
function wayBack({ world }: PlanInput, copy: InstanceFacts, { objects }: Groups): string {
  const marks = marksOf(copy);
  const isLost = marks?.role === "worker" && !world.instances.some(({ name }) => name === marks.name);
  if (!isLost || objects.has(marks.address as Address)) return "";
  return ` (was it renamed? to take it back: limaform adopt '${marks.address}' ${copy.name})`;
}

export function worldWarnings(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): readonly string[] {
  const { maxNameLength } = input.world.host;
  const wanted = input.intent.kind === "apply" ? wantedNames(graph).map(({ name }) => name) : [];
  const longest = longestOf(wanted);
  const names = new Set(wanted);
  return [
    ...groups.foreignCopies.map(
      (copy) =>
        `${copy.name} is a copy of ${marksOf(copy)?.name} that limaform did not make; it is left alone${wayBack(input, copy, groups)}`,
    ),
    ...groups.others
      .filter(({ name }) => names.has(name))
      .map(({ name }) => `the name ${name} belongs to an instance that limaform did not make; another name is used`),
    ...(longest.length <= maxNameLength && longest.length + TWIN_LENGTH > maxNameLength
      ? [`a second object beside ${longest} would have a name too long for Lima (at most ${maxNameLength} characters)`]
      : []),
  ];
}
