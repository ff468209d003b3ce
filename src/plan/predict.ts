import type { Decision, Prediction } from "../resources/kind.js";
import type { JsonObject } from "../util/json.js";
import type { InstanceFacts, Marks, World } from "../world/world.js";

/**
 * The instances as they will be after the decisions: without what is deleted, with what is made (marks as planned).
 * Held or failed steps are not foreseen: what goes only because of a prediction must wait for the steps behind it.
 */
export function predict(world: World, decisions: readonly Decision[]): Prediction {
  let predicted: readonly InstanceFacts[] | null = null;
  return {
    staying: (names) => stayingOf(names, decisions),
    instances() {
      predicted ??= predictedOf(world, decisions);
      return predicted;
    },
  };
}

function stayingOf(names: ReadonlySet<string>, decisions: readonly Decision[]): ReadonlySet<string> {
  const staying = new Set(names);
  const made: string[] = [];
  decisions.forEach((decision) => {
    const removed = removedBy(decision);
    if (removed !== null) staying.delete(removed);
    if (names.has(decision.instance) && plannedMarks(decision).length > 0) made.push(decision.instance);
  });
  for (const name of made) staying.add(name);
  return staying;
}

function predictedOf({ host, instances }: World, decisions: readonly Decision[]): readonly InstanceFacts[] {
  const gone = new Set(decisions.map(removedBy));
  const made = decisions.flatMap(plannedMarks).map((marks) => plannedInstance(host, marks));
  return instances.filter(({ name }) => !gone.has(name)).concat(made);
}

const plannedMarks = ({ steps }: Decision): readonly Marks[] =>
  steps.flatMap(({ verb, inputs: { marks } }) => (verb === "create" && isMarks(marks) ? [marks] : []));

const removedBy = ({ action, instance, replaced }: Decision): string | null =>
  action === "delete" ? instance : (replaced?.name ?? null);

const isMarks = (value: unknown): value is Marks & JsonObject =>
  typeof value === "object" && value !== null && "address" in value && "role" in value;

function plannedInstance({ vmType, arch }: World["host"], marks: Marks): InstanceFacts {
  return {
    name: marks.name,
    dir: "",
    status: marks.role === "worker" ? "running" : "stopped",
    errors: [],
    hasConfig: true,
    marks: { kind: "marks", marks },
    vmType,
    arch,
    cpus: marks.applied?.cpus ?? 0,
    memoryBytes: marks.applied?.memoryBytes ?? 0,
    diskBytes: marks.applied?.diskBytes ?? 0,
    hostname: "",
    isProtected: false,
    openConfig: [],
    readyAt: null,
    lastPush: null,
  };
}
