import type { InstanceFacts, PlanProblem } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import type { Groups } from "./group.js";
import type { PlanInput } from "./input.js";

type Input = Pick<PlanInput, "project" | "owner" | "ownerPath" | "lastApplied">;

/** The project is another repository's, unless taking over is just what was asked for. */
export function takenProblems(input: Pick<PlanInput, "intent"> & Input, groups: Groups): readonly PlanProblem[] {
  const { intent } = input;
  if (intent.kind === "adopt-all") return [];
  const others = intent.kind === "adopt" ? groups.taken.filter(({ name }) => name !== intent.instance) : groups.taken;
  const problem = takenProblem(input, others);
  return problem === null ? [] : [problem];
}

/** What is said wherever instances of our project with another owner stand in the way; null where there are none. */
export function takenProblem(input: Input, taken: readonly InstanceFacts[]): PlanProblem | null {
  const [first] = taken;
  if (first === undefined) return null;
  const owner = marksOf(first)?.owner ?? "";
  const last = input.lastApplied?.owner === owner ? input.lastApplied : null;
  const place = last === null ? "" : ` at ${last.ownerPath}${last.isThere === false ? ", which is gone" : ""}`;
  const names = taken.map(({ name }) => name).join(", ");
  const home = last === null || last.isThere === false ? "PATH" : last.ownerPath.replace(/\/\.git$/, "");
  return {
    code: "PLAN_PROJECT_TAKEN",
    text: `the project name ${input.project} belongs to another repository on this host${place} (owner ${owner}: ${names}); this one is ${input.ownerPath} (owner ${input.owner})`,
    hint: `did the repository move here? limaform adopt --all; is this a second checkout of it (CI, for one)? LIMAFORM_OWNER=${home}; else choose another project name in limaform.toml`,
    addresses: [],
  };
}
