import { parseAddress } from "../resources/address.js";
import type { Address } from "../resources/kind.js";
import { nearest } from "../util/nearest.js";

const SLOTS = /^([a-z][a-z0-9]*\.[a-z][a-z0-9]*)\[([0-9]+(?:-[0-9]+)?(?:,[0-9]+(?:-[0-9]+)?)*)\]$/;
/** More than any fleet has: what is longer is a slip. Units: slots. */
const MAX_RANGE = 1000;

/**
 * Addresses as people type them: whole (`worker.default[2]`), with several slots (`worker.default[1-3,5]`), as a pattern
 * (`worker.default[*]`, `image.*`), or a kind or pool alone (`worker`, `worker.default`).
 *
 * Shape: whole addresses and slots stand for themselves, whether they exist or not; patterns stand for what they fit
 * among `known`, and for themselves where they fit nothing. Each once, in the order typed. `wildcards` off: patterns are
 * not read as such.
 */
export function expandAddresses(
  typed: readonly string[],
  known: readonly Address[],
  { wildcards }: { readonly wildcards: boolean },
): readonly Address[] {
  return [...new Set(typed.flatMap((text) => expand(text.trim(), known, wildcards)))];
}

function expand(text: string, known: readonly Address[], wildcards: boolean): readonly Address[] {
  if (known.includes(text as Address)) return [text as Address];
  const slots = slotsOf(text);
  if (slots !== null) return slots;
  if (!wildcards) return [text as Address];
  const fitting = known.filter(patternOf(text));
  return fitting.length > 0 ? fitting : [text as Address];
}

/** Null for a range that runs backwards or past every fleet: standing for no address at all, it would mean all of them. */
function slotsOf(text: string): readonly Address[] | null {
  const match = SLOTS.exec(text);
  if (match === null) return null;
  const [, stem = "", list = ""] = match;
  const ranges = list.split(",").map((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return { first, length: last - first + 1 };
  });
  if (ranges.some(({ length }) => length < 1 || length > MAX_RANGE)) return null;
  return ranges.flatMap(({ first, length }) =>
    Array.from({ length }, (_, index) => `${stem}[${first + index}]` as Address),
  );
}

function patternOf(text: string): (address: Address) => boolean {
  if (!text.includes("*")) {
    return (address) => address.startsWith(`${text}.`) || address.startsWith(`${text}[`);
  }
  const source = text
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const pattern = new RegExp(`^${source}$`);
  return (address) => pattern.test(address);
}

/** What somebody most likely meant who typed something that is no address here; null where nothing is near. */
export function meantAddress(
  text: string,
  known: readonly Address[],
  byInstance: ReadonlyMap<string, Address>,
): Address | null {
  const named = byInstance.get(text);
  if (named !== undefined) return named;
  if (/^[1-9][0-9]*$/.test(text)) {
    return (
      known.find((address) => parseAddress(address)?.slot === Number(text) && byInstanceHas(byInstance, address)) ??
      null
    );
  }
  return nearest(text, known) as Address | null;
}

const byInstanceHas = (byInstance: ReadonlyMap<string, Address>, address: Address): boolean =>
  [...byInstance.values()].includes(address);
