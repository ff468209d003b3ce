import type { Decision, PlanProblem } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import type { Groups } from "./group.js";
import { addressOfName } from "./group.js";
import type { PlanInput } from "./input.js";

/** Problems of the world as a whole that make a plan not applicable. One function a rule; all are reported. */
export function worldProblems(input: PlanInput, groups: Groups): readonly PlanProblem[] {
  return [...takenProblems(input, groups), ...listingProblems(input), ...sourceProblems(input)];
}

function takenProblems(input: PlanInput, groups: Groups): PlanProblem[] {
  const [first] = groups.taken;
  if (first === undefined) return [];
  const owner = marksOf(first)?.owner ?? "";
  return [
    {
      code: "PLAN_PROJECT_TAKEN",
      text: `the project name ${input.project} belongs to another repository on this host (owner ${owner}, ${groups.taken.map(({ name }) => name).join(", ")}); this one is ${input.owner} (${input.ownerPath})`,
      hint: "choose another project name in limaform.toml; for a CI checkout set LIMAFORM_OWNER to the home checkout",
      addresses: [],
    },
  ];
}

/** A failure of the listing itself matters everywhere; one of a single instance only where that might be ours. */
function listingProblems(input: PlanInput): PlanProblem[] {
  return input.world.failures
    .filter(({ instance }) => instance === "" || addressOfName(input.rules, input.project, instance) !== null)
    .filter(({ instance }) => instance === "" || !input.world.instances.some(({ name }) => name === instance))
    .map(({ instance, text }) => ({
      code: "PLAN_UNKNOWN",
      text: `${instance === "" ? "the listing of instances" : instance} could not be read: ${text}`,
      hint: "unknown is not absent, so nothing is planned on it; look with: limactl list",
      addresses: [],
    }));
}

function sourceProblems(input: PlanInput): PlanProblem[] {
  if (input.intent.kind !== "apply") return [];
  return input.sources.problems.map(({ code, text, hint }) => ({ code, text, hint, addresses: [] }));
}

/** Names that Lima would refuse, found before anything is made. */
export function nameProblems(input: PlanInput, decisions: readonly Decision[]): readonly PlanProblem[] {
  const { maxNameLength, limaHome } = input.world.host;
  const names = decisions
    .filter(({ action }) => action === "create" || action === "replace")
    .map(({ instance }) => instance);
  const longest = names.reduce((left, right) => (right.length > left.length ? right : left), "");
  if (longest.length <= maxNameLength) return [];
  return [
    {
      code: "PLAN_NAME_TOO_LONG",
      text: `the instance name ${longest} has ${longest.length} characters; under LIMA_HOME=${limaHome} Lima allows ${maxNameLength} (socket paths)`,
      hint: "choose a shorter project name, or a LIMA_HOME with a shorter path",
      addresses: decisions.filter(({ instance }) => instance === longest).map(({ address }) => address),
    },
  ];
}

export function worldWarnings(groups: Groups): readonly string[] {
  return groups.foreignCopies.map(
    (copy) => `${copy.name} is a copy of ${marksOf(copy)?.name} that limaform did not make; it is left alone`,
  );
}
