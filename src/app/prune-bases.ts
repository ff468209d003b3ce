import type { BaseDisk } from "../world/world.js";

/** Base disks that nothing stands on once these instances are gone: what stands on them only through such a base goes too. */
export function goingBases(bases: readonly BaseDisk[], instances: readonly string[]): readonly BaseDisk[] {
  const gone = new Set(instances);
  for (;;) {
    const more = bases.filter(
      ({ name, usedBy, isKnownUnused }) =>
        !gone.has(`base:${name}`) && (isKnownUnused || (usedBy.length > 0 && usedBy.every((user) => gone.has(user)))),
    );
    if (more.length === 0) return bases.filter(({ name }) => gone.has(`base:${name}`));
    for (const { name } of more) gone.add(`base:${name}`);
  }
}
