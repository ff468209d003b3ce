import { slotOf, stemLength } from "../resources/address.js";
import type { Address } from "../resources/kind.js";

/** A map by address, which can be written. Shape: in order of insertion, as a `Map` is. */
export interface AddressMap<Value> extends ReadonlyMap<Address, Value> {
  set(address: Address, value: Value): unknown;
}

/** Slots beyond it have no place of their own in a list: one stray slot must not make a list of a thousand millions. */
const LAST_LISTED_SLOT = 2 ** 20;

/** The slots of a pool: `places[slot]` is the place of its key, counted from 1; 0 = none. */
interface Pool {
  readonly stem: string;
  places: Int32Array;
}

const NO_POOL: Pool = { stem: "", places: new Int32Array(0) };

/**
 * A map in which the slots of a pool stand side by side in a list of numbers. A fleet of 100,000 is looked up by address a
 * million times in one plan, and in a `Map` of texts nearly each of these looks goes to another part of the memory: that
 * was half of the plan's time. Slots that follow each other are found beside each other.
 */
export function createAddressMap<Value>(): AddressMap<Value> {
  const keys: Address[] = [];
  const values: Value[] = [];
  const pools = new Map<string, Pool>();
  /** What has no place in a list, or not its own: another spelling of a slot. */
  const unlisted = new Map<Address, number>();
  let lastPool = NO_POOL;

  /** Mostly the pool of the last address. */
  const poolOf = (address: Address): Pool => {
    const length = stemLength(address);
    if (length === lastPool.stem.length && address.startsWith(lastPool.stem)) return lastPool;
    const pool = pools.get(address.slice(0, length));
    if (pool === undefined) return NO_POOL;
    lastPool = pool;
    return pool;
  };
  const placeOf = (address: Address): number => {
    const place = (poolOf(address).places[slotOf(address)] ?? 0) - 1;
    if (place !== -1 && keys[place] === address) return place;
    return unlisted.size === 0 ? -1 : (unlisted.get(address) ?? -1);
  };
  const list = (address: Address, place: number): void => {
    const slot = slotOf(address);
    if (slot > LAST_LISTED_SLOT) {
      unlisted.set(address, place);
      return;
    }
    let pool = poolOf(address);
    if (pool === NO_POOL) {
      pool = { stem: address.slice(0, stemLength(address)), places: new Int32Array(1) };
      pools.set(pool.stem, pool);
    }
    if (slot >= pool.places.length) pool.places = withRoom(pool.places, slot + 1);
    if (pool.places[slot] === 0) pool.places[slot] = place + 1;
    else unlisted.set(address, place);
  };
  const entries = () => keys.map((key, place): [Address, Value] => [key, values[place] as Value]).values();
  const map: AddressMap<Value> = {
    get size() {
      return keys.length;
    },
    get(address) {
      const place = placeOf(address);
      return place === -1 ? undefined : values[place];
    },
    has: (address) => placeOf(address) !== -1,
    set(address, value) {
      const place = placeOf(address);
      if (place !== -1) {
        values[place] = value;
        return;
      }
      list(address, keys.length);
      keys.push(address);
      values.push(value);
    },
    forEach(use) {
      keys.forEach((key, place) => {
        use(values[place] as Value, key, map);
      });
    },
    keys: () => keys.values(),
    values: () => values.values(),
    entries,
    [Symbol.iterator]: entries,
  };
  return map;
}

function withRoom(places: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(Math.max(length, places.length * 2));
  larger.set(places);
  return larger;
}
