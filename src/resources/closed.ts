import type { Address, ConfigDeviation, InstanceFacts, ObjectDrift, PlanProblem } from "./kind.js";
import { marksOf } from "./marks-of.js";

/** How the resolved configuration leaves the closed allow-list, in words; null when it is closed. */
export function openConfigText({ openConfig }: Pick<InstanceFacts, "openConfig">): string | null {
  if (openConfig.length === 0) return null;
  return openConfig
    .map(({ key, found, expected, file }) => `${key} is ${found}, not ${expected}${file === null ? "" : ` (${file})`}`)
    .join("; ");
}

/**
 * Drift of an instance in any state: what it runs with, or what its next start would be refused for. Judged by what Lima
 * resolves now; a file that is gone again leaves no trace in a VM that was started with it.
 */
export function openDrift(object: InstanceFacts): readonly ObjectDrift[] {
  const text = openConfigText(object);
  if (text === null) return [];
  return [{ kind: "open_config", text: object.status === "running" ? text : `${text}; it would not be started` }];
}

/**
 * The problem of an instance that would start, or runs, with an open configuration, said before anything is done; null
 * when it is closed. A clone inherits what its source was read with.
 *
 * Shape: what Lima merges into every instance gives every address the same text, so that a plan says it once.
 */
export function openConfigProblem(address: Address, object: InstanceFacts | undefined): PlanProblem | null {
  if (object === undefined || object.openConfig.length === 0) return null;
  const own = `${object.dir}/lima.yaml`;
  const mine = object.openConfig.find(({ file }) => file === own || file === null);
  if (mine === undefined) return defaultsProblem(address, object.openConfig);
  return {
    code: "LIMA_CONFIG_NOT_CLOSED",
    text: `the configuration of ${object.name} is not closed: ${openConfigText(object)}`,
    hint: `take ${mine.key} out of ${own} (limactl edit ${object.name}), or make it anew: limaform apply --replace '${marksOf(object)?.address ?? address}'`,
    addresses: [address],
  };
}

/** The same for what Lima's own defaults would open in an instance that is not there yet. */
export function defaultsProblem(address: Address, open: readonly ConfigDeviation[]): PlanProblem | null {
  const [first] = open;
  if (first === undefined) return null;
  return {
    code: "LIMA_CONFIG_NOT_CLOSED",
    text: `Lima's own defaults open every instance: ${openConfigText({ openConfig: open })}`,
    hint: `take ${first.key} out of ${first.file ?? "them"}, or give limaform a LIMA_HOME of its own; then: limaform plan`,
    addresses: [address],
  };
}
