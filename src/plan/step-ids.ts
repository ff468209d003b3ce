import type { Places } from "../graph/places.js";
import type { Address, Decision } from "../resources/kind.js";

/**
 * `verb:address` for each step of the decisions, in their order; with `@instance` where several steps would have the
 * same, as when an address has several objects in one plan. `decisionsAt`: which of the decisions are about an address.
 */
export function stepIds(acting: readonly Decision[], decisionsAt: Places<Address>): readonly string[] {
  const doubled = doubledIds(acting, decisionsAt);
  const ids: string[] = [];
  acting.forEach(({ address, steps }) => {
    steps.forEach(({ verb, instance }) => {
      const plain = `${verb}:${address}`;
      ids.push(doubled.size > 0 && doubled.has(plain) ? `${plain}@${instance}` : plain);
    });
  });
  return ids;
}

/** Ids that several steps would have. Looked for only at addresses with several decisions, or where a verb comes twice. */
function doubledIds(acting: readonly Decision[], decisionsAt: Places<Address>): ReadonlySet<string> {
  const suspects = suspectAddresses(acting, decisionsAt);
  const once = new Set<string>();
  const doubled = new Set<string>();
  for (const { address, steps } of suspects.size === 0 ? [] : acting) {
    for (const { verb } of suspects.has(address) ? steps : []) {
      const plain = `${verb}:${address}`;
      (once.has(plain) ? doubled : once).add(plain);
    }
  }
  return doubled;
}

function suspectAddresses(acting: readonly Decision[], decisionsAt: Places<Address>): ReadonlySet<Address> {
  const suspects = new Set<Address>();
  const isEachAlone = decisionsAt.size === acting.length;
  acting.forEach(({ address, steps }) => {
    if (hasVerbTwice(steps) || (!isEachAlone && typeof decisionsAt.get(address) !== "number")) suspects.add(address);
  });
  return suspects;
}

function hasVerbTwice(steps: Decision["steps"]): boolean {
  for (let later = 1; later < steps.length; later += 1) {
    for (let earlier = 0; earlier < later; earlier += 1) {
      if (steps[earlier]?.verb === steps[later]?.verb) return true;
    }
  }
  return false;
}
