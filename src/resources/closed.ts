import type { Address, InstanceFacts, PlanProblem } from "./kind.js";

/** How the resolved configuration leaves the closed allow-list, in words; null when it is closed. */
export function openConfigText({ openConfig }: InstanceFacts): string | null {
  if (openConfig.length === 0) return null;
  return openConfig
    .map(({ key, found, expected, file }) => `${key} is ${found}, not ${expected}${file === null ? "" : ` (${file})`}`)
    .join("; ");
}

/**
 * The problem of an instance that would start with an open configuration, said before anything is made; null when it is
 * closed. A clone inherits what its source was read with.
 */
export function openConfigProblem(address: Address, object: InstanceFacts | undefined): PlanProblem | null {
  const text = object === undefined ? null : openConfigText(object);
  const [first] = object?.openConfig ?? [];
  if (object === undefined || text === null || first === undefined) return null;
  return {
    code: "LIMA_CONFIG_NOT_CLOSED",
    text: `the configuration of ${object.name} is not closed: ${text}`,
    hint: `take ${first.key} out of ${first.file ?? `${object.dir}/lima.yaml`}, or give limaform a LIMA_HOME of its own`,
    addresses: [address],
  };
}
