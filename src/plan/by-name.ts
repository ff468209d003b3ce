import { remember } from "../util/remember.js";
import type { InstanceFacts } from "../world/world.js";

/** The instances of a listing by name. One index for all that a plan asks of it: with many instances it is dear to make. */
export const instancesByName = remember(
  (instances: readonly InstanceFacts[]): ReadonlyMap<string, InstanceFacts> =>
    new Map(instances.map((instance) => [instance.name, instance])),
);
