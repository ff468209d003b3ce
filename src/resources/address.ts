import type { Address } from "./kind.js";

const FORM = /^([a-z][a-z0-9]*)\.([a-z][a-z0-9]*)(?:\[([1-9][0-9]{0,8})\])?$/;

export interface AddressParts {
  readonly kind: string;
  /** Name of the object or of the pool. */
  readonly name: string;
  readonly slot: number | null;
}

export function makeAddress(kind: string, name: string, slot: number | null = null): Address {
  return (slot === null ? `${kind}.${name}` : `${kind}.${name}[${slot}]`) as Address;
}

/** Null when the text is no address. */
export function parseAddress(text: string): (AddressParts & { readonly address: Address }) | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, kind = "", name = "", slot] = match;
  return { kind, name, slot: slot === undefined ? null : Number(slot), address: text as Address };
}

/** First word of an address. Cheaper than `parseAddress`, for what is known to be one. */
export const kindOf = (address: Address): string => address.slice(0, address.indexOf("."));

/** Slot of an address that has one, else 0. */
export function slotOf(address: Address): number {
  return address.endsWith("]") ? Number(address.slice(address.lastIndexOf("[") + 1, -1)) : 0;
}

/** By kind and name in code-point order, then by slot as a number: `worker.default[2]` before `worker.default[10]`. */
export function compareAddresses(left: Address, right: Address): number {
  const cut = (address: Address) => (address.endsWith("]") ? address.lastIndexOf("[") : address.length);
  const leftStem = left.slice(0, cut(left));
  const rightStem = right.slice(0, cut(right));
  if (leftStem !== rightStem) return leftStem < rightStem ? -1 : 1;
  return Number(left.slice(leftStem.length + 1, -1)) - Number(right.slice(rightStem.length + 1, -1));
}
