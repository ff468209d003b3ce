import type { Address, Decision } from "../resources/kind.js";

/**
 * `verb:address` for each step of the decisions, in their order; with `@instance` where several steps would have the
 * same, as when an address has several objects in one plan.
 */
export function stepIds(acting: readonly Decision[]): readonly string[] {
  const doubled = doubledIds(acting);
  const ids: string[] = [];
  for (const { address, steps } of acting) {
    for (const { verb, instance } of steps) {
      const plain = `${verb}:${address}`;
      ids.push(doubled.size > 0 && doubled.has(plain) ? `${plain}@${instance}` : plain);
    }
  }
  return ids;
}

/** Ids that several steps would have. Looked for only at addresses with several decisions, or where a verb comes twice. */
function doubledIds(acting: readonly Decision[]): ReadonlySet<string> {
  const suspects = suspectAddresses(acting);
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

function suspectAddresses(acting: readonly Decision[]): ReadonlySet<Address> {
  const met = new Set<Address>();
  const suspects = new Set<Address>();
  for (const { address, steps } of acting) {
    if (met.has(address) || hasVerbTwice(steps)) suspects.add(address);
    met.add(address);
  }
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
