import type { Address, InstanceFacts, PlanProblem } from "./kind.js";

/**
 * The problem of an instance that would start with an open configuration, said before anything is made; null when it is
 * closed. A clone inherits what its source was read with.
 */
export function openConfigProblem(address: Address, object: InstanceFacts | undefined): PlanProblem | null {
  const [first] = object?.openConfig ?? [];
  if (object === undefined || first === undefined) return null;
  const lines = object.openConfig.map(
    ({ key, found, expected, file }) => `${key} is ${found}, not ${expected}${file === null ? "" : ` (${file})`}`,
  );
  return {
    code: "LIMA_CONFIG_NOT_CLOSED",
    text: `the configuration of ${object.name} is not closed: ${lines.join("; ")}`,
    hint: `take ${first.key} out of ${first.file ?? `${object.dir}/lima.yaml`}, or give limaform a LIMA_HOME of its own`,
    addresses: [address],
  };
}
