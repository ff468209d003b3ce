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

/** Whether this is an address of a kind. Cheaper than `parseAddress`, where its parts are not asked for. */
export const isAddressOf = (kind: string, text: string): text is Address => isOfKind(kind, text) && FORM.test(text);

/** The same of what is known to be an address. */
export const isOfKind = (kind: string, address: string): boolean =>
  address.startsWith(kind) && address[kind.length] === ".";

/** Whether this address is one of a pool's. */
export const hasSlot = (address: Address): boolean => address.endsWith("]");

/** First word of an address. Cheaper than `parseAddress`, for what is known to be one. */
export const kindOf = (address: Address): string => address.slice(0, address.indexOf("."));

/** Slot of an address that has one, else 0. Digit by digit from its end, without a text of its own for the number. */
export function slotOf(address: Address): number {
  if (!hasSlot(address)) return 0;
  let slot = 0;
  let unit = 1;
  for (let at = address.length - 2; at > 0; at -= 1) {
    const digit = address.charCodeAt(at) - ZERO;
    if (!isDigit(digit)) break;
    slot += digit * unit;
    unit *= 10;
  }
  return slot;
}

/** How much of an address is before its slot: all of it, where it has none. */
export function stemLength(address: Address): number {
  if (!hasSlot(address)) return address.length;
  let at = address.length - 2;
  while (at > 0 && isDigit(address.charCodeAt(at) - ZERO)) at -= 1;
  return address[at] === "[" ? at : address.length;
}

const ZERO = "0".charCodeAt(0);
const isDigit = (value: number): boolean => value >= 0 && value <= 9;

/** By kind and name in code-point order, then by slot as a number: `worker.default[2]` before `worker.default[10]`. */
export function compareAddresses(left: Address, right: Address): number {
  const cut = (address: Address) => (address.endsWith("]") ? address.lastIndexOf("[") : address.length);
  const leftStem = left.slice(0, cut(left));
  const rightStem = right.slice(0, cut(right));
  if (leftStem !== rightStem) return leftStem < rightStem ? -1 : 1;
  return Number(left.slice(leftStem.length + 1, -1)) - Number(right.slice(rightStem.length + 1, -1));
}
