import { marksOf } from "../resources/marks-of.js";
import type { InstanceFacts } from "../world/world.js";

/** One word for people: what Lima says, made precise by our marks. */
export function statusWord(facts: InstanceFacts): string {
  const marks = marksOf(facts);
  if (facts.damage?.code === "disk_lost") return "broken";
  if (facts.status !== "stopped" && facts.status !== "running") return facts.status;
  if (marks?.role === "image") return marks.sealed === "" ? "unfinished" : facts.status;
  if (facts.status === "stopped") return (marks?.hold ?? "") === "" ? "stopped" : "held";
  return facts.readyAt === null && marks !== null ? "starting" : "running";
}
