import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plan } from "../../../src/plan/document.js";
import type { PlanInput } from "../../../src/plan/input.js";
import { makePlan } from "../../../src/plan/make-plan.js";
import type { Marks } from "../../../src/world/marks.js";
import type { InstanceFacts, WorkFinding } from "../../../src/world/world.js";
import { GIB, marked, planInput, sourcesOf, worldOf } from "../../support/builders.js";
import { resolveText } from "../../support/resolve-text.js";

export const EXAMPLES = fileURLToPath(new URL("../../../examples", import.meta.url));

/** Contents of files that an example names but does not bring. */
const FILES = ["images/root.qcow2", "images/vmlinuz", "images/initrd.img"];

/** The plan for a spec of an example, on a host with these instances. */
export function examplePlan(file: string, instances: readonly InstanceFacts[] = []): Plan {
  const text = readFileSync(`${EXAMPLES}/${file}`, "utf8");
  const { spec, warnings } = resolveText(text);
  const fileDigests = Object.fromEntries(FILES.map((name, index) => [name, `sha256:${String(index).repeat(64)}`]));
  const input: PlanInput = planInput({
    spec,
    warnings,
    project: String(spec.values.project),
    sources: sourcesOf({}, fileDigests),
    world: worldOf(instances),
  });
  return settle(input, makePlan(input));
}

/** Asked guests hold no work. */
function settle(input: PlanInput, { plan, asks }: ReturnType<typeof makePlan>): Plan {
  if (asks.length === 0) return plan;
  const clean: WorkFinding = { kind: "known", items: [] };
  const work = Object.fromEntries(asks.map((name) => [name, clean]));
  return makePlan({ ...input, world: { ...input.world, work } }).plan;
}

/** The instances that a plan for an empty host leaves. */
export function afterwards({ steps, createdAt, sources }: Plan): readonly InstanceFacts[] {
  const made = steps.filter(({ verb }) => verb === "create").map(({ inputs }) => inputs.marks as unknown as Marks);
  const commit = sources.repository.kind === "git" ? (sources.repository.head ?? "") : "";
  return made.map((marks) => {
    if (marks.role === "image") {
      return marked({ ...marks, sealed: createdAt }, { isProtected: true, cpus: 2, memoryBytes: 2 * GIB });
    }
    const lastPush = { commit, carriedDigest: "", base: commit, at: createdAt };
    return marked(marks, { ...marks.applied, status: "running", readyAt: createdAt, lastPush });
  });
}

/** The execution graph as text: each step with what it waits for. */
export function stepsText({ steps }: Plan): string {
  return steps.map(({ id, after }) => `${id}${after.map((before) => `\n    after ${before}`).join("")}\n`).join("");
}
