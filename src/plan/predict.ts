import type { Decision } from "../resources/kind.js";
import type { JsonObject } from "../util/json.js";
import type { InstanceFacts, Marks, World } from "../world/world.js";

/**
 * The instances as they will be after the decisions: without what is deleted, with what is made (marks as planned).
 * Held or failed steps are not foreseen: what goes only because of a prediction must wait for the steps behind it.
 */
export function predict({ host, instances }: World, decisions: readonly Decision[]): readonly InstanceFacts[] {
  const gone = new Set<string>();
  const made: InstanceFacts[] = [];
  for (const { action, instance, replaced, steps } of decisions) {
    if (action === "delete") gone.add(instance);
    else if (replaced !== null) gone.add(replaced.name);
    for (const { verb, inputs } of steps) {
      if (verb === "create" && isMarks(inputs.marks)) made.push(plannedInstance(host, inputs.marks));
    }
  }
  return instances.filter(({ name }) => !gone.has(name)).concat(made);
}

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
