import type { Decision, InstanceFacts } from "../resources/kind.js";
import { digestOf } from "../util/digest.js";
import type { Json } from "../util/json.js";
import { remember } from "../util/remember.js";
import type { BuildNote } from "../world/build.js";

/**
 * Digest of the observed facts that a decision rests on. Two worlds with equal fingerprints lead to the same decision.
 *
 * Shape: hex digest; facts that do not matter to decisions (ports, process ids, error texts) are not in it.
 */
export function fingerprintOf({ basis }: Pick<Decision, "basis">): string {
  return worldDigestOf(basis);
}

export function worldDigestOf(instances: readonly InstanceFacts[]): string {
  return instances.length === 0 ? OF_NOTHING : digestOf(instances.map(digestOfFacts));
}

const OF_NOTHING = digestOf([]);

/** Facts never change, and one image stands behind the decisions about thousands of workers. */
const digestOfFacts = remember((instance: InstanceFacts): string => digestOf(factsOf(instance)));

/** How far a build came; times and sizes decide nothing. */
function progressOf({ origin, begun, done }: BuildNote): Json {
  return {
    origin,
    begun: begun?.name ?? null,
    done: done.map(({ name, key, version }) => [name, key, version]),
  };
}

function factsOf(instance: InstanceFacts): Json {
  const { name, status, hasConfig, marks, cpus, memoryBytes, diskBytes, readyAt, lastPush, openConfig, diskChange } =
    instance;
  return {
    name,
    status,
    hasConfig,
    marks: marks.kind === "marks" ? marks.marks : marks.kind,
    cpus,
    memoryBytes,
    diskBytes,
    readyAt,
    lastPush: lastPush === null ? null : { ...lastPush },
    ...(diskChange === undefined ? {} : { diskChange }),
    openConfig: openConfig.map(({ key, found }) => `${key}=${found}`),
    ...(instance.damage === undefined ? {} : { damage: instance.damage.code }),
    ...(instance.build === undefined ? {} : { build: progressOf(instance.build) }),
  };
}
