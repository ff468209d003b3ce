import type { Marks } from "../world/marks.js";
import type { InstanceFacts } from "../world/world.js";

/** The marks of an instance; null when it has none or they cannot be read. */
export function marksOf(facts: InstanceFacts): Marks | null {
  return facts.marks.kind === "marks" ? facts.marks.marks : null;
}
