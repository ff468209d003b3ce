import type { SpecKey } from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import { nearest } from "../util/nearest.js";
import { dotted } from "./words.js";

/** The keys by their parts: a node is a table with names below it, or a key. */
export interface KeyNode {
  readonly key: SpecKey | null;
  readonly children: ReadonlyMap<string, KeyNode>;
}

interface Growing {
  key: SpecKey | null;
  readonly children: Map<string, Growing>;
}

export function buildKeyTree(keys: readonly SpecKey[]): KeyNode {
  const root: Growing = { key: null, children: new Map() };
  for (const key of keys) {
    let node = root;
    for (const part of key.key.split(".")) {
      const child = node.children.get(part) ?? { key: null, children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.key = key;
  }
  return root;
}

/** What a key that is not there most likely means; an empty string where nothing is near. */
export function hintForUnknown(path: readonly string[], around: KeyNode, keys: readonly SpecKey[]): string {
  const name = path.at(-1) ?? "";
  const usable = keys.filter((key) => key.notYet === undefined).map((key) => key.key);
  const parent = path.slice(0, -1);
  const quoted = keys.find((key) => key.key === name);
  if (name.includes(".") && quoted !== undefined) return `write ${quoted.key} without quotes`;
  const sibling = nearest(name, [...around.children.keys()]);
  const [elsewhere = null] = usable
    .filter((key) => key.split(".").at(-1) === name)
    .sort((left, right) => left.length - right.length);
  const guess = sibling === null ? (elsewhere ?? nearest(path.join("."), usable)) : dotted([...parent, sibling]);
  return guess === null ? `known here: ${knownIn(around)}` : `did you mean ${guess}?`;
}

/** Names that may stand in a table, without those of later versions. */
function knownIn({ children }: KeyNode): string {
  const isUsable = ({ key, children: below }: KeyNode): boolean =>
    key === null ? [...below.values()].some(isUsable) : key.notYet === undefined;
  const names = [...children].filter(([, node]) => isUsable(node)).map(([name]) => name);
  return names.sort(compareText).join(", ");
}
