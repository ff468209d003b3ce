import { escapeLine } from "../util/escape.js";
import type { CarriedFiles } from "../world/sources.js";
import type { PlanInput } from "./input.js";

const EXAMPLES = 3;

/** Sentences about the repository that change nothing in the plan, but what arrives in workers. */
export function sourceNotes({ intent, sources: { repository } }: PlanInput): readonly string[] {
  if (intent.kind !== "apply") return [];
  if (repository.kind === "files") return [...repository.notes, ...keptOutNotes(repository.carried)];
  if (repository.kind === "none") {
    return [`${repository.root} is no git repository, so no code goes into workers (git init, git add, git commit)`];
  }
  if (repository.head === null) return ["the branch has no commit yet, so no code goes into workers (git commit)"];
  return [...repository.notes, ...keptOutNotes(repository.carried)];
}

function keptOutNotes({ keptOut }: CarriedFiles): readonly string[] {
  const texts = [
    ["secret", "by name a secret"],
    ["large", "too large"],
  ] as const;
  return texts.flatMap(([reason, why]) => {
    const paths = keptOut.filter((file) => file.reason === reason).map(({ path }) => escapeLine(path));
    if (paths.length === 0) return [];
    const names = paths.slice(0, EXAMPLES).join(", ") + (paths.length > EXAMPLES ? ", …" : "");
    return [`${paths.length} untracked ${paths.length === 1 ? "file stays" : "files stay"} out (${why}): ${names}`];
  });
}
