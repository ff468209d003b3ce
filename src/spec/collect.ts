import type { SpecKey } from "../resources/kind.js";
import { type CheckedValue, checkValue, type ValueProblem } from "./check-value.js";
import { hintForUnknown, type KeyNode } from "./key-tree.js";
import { isTree, type TomlNode, type TomlTree } from "./parse.js";
import { dotted, foundIn } from "./words.js";

/** A key that a file sets, with what its schema says about the value. */
export interface FoundKey {
  readonly key: SpecKey;
  readonly path: readonly string[];
  readonly checked: CheckedValue;
}

export interface Collected {
  readonly found: readonly FoundKey[];
  /** Of names that are no keys, and of tables that are no tables. */
  readonly problems: readonly ValueProblem[];
}

/** Walks a file's tables down to the keys. An unknown table is one problem, whatever is in it. */
export function collectKeys(tree: TomlTree, root: KeyNode, keys: readonly SpecKey[]): Collected {
  const found: FoundKey[] = [];
  const problems: ValueProblem[] = [];
  const walk = (table: TomlTree, node: KeyNode, above: readonly string[]): void => {
    for (const [name, value] of Object.entries(table)) {
      const path = [...above, name];
      const child = node.children.get(name);
      if (child === undefined) problems.push(unknown(path, hintForUnknown(path, node, keys)));
      else if (child.key?.notYet) problems.push(notSupported(path));
      else if (child.key !== null) found.push({ key: child.key, path, checked: checkValue(child.key, value) });
      else if (isTree(value)) walk(value, child, path);
      else problems.push(noTable(path, value));
    }
  };
  walk(tree, root, []);
  return { found, problems };
}

function unknown(path: readonly string[], hint: string): ValueProblem {
  return { code: "SPEC_UNKNOWN_KEY", path, at: "key", text: `unknown key ${dotted(path)}`, hint };
}

export function notSupported(path: readonly string[]): ValueProblem {
  return {
    code: "SPEC_NOT_SUPPORTED_YET",
    path,
    at: "key",
    text: `${dotted(path)} is not supported yet`,
    hint: "take it out for now: a later version brings it",
  };
}

function noTable(path: readonly string[], value: TomlNode): ValueProblem {
  const name = dotted(path);
  return {
    code: "SPEC_WRONG_TYPE",
    path,
    at: "value",
    text: `${name}: expected a table, found ${foundIn(value)}`,
    hint: Array.isArray(value) ? `write [${name}] instead of [[${name}]]` : `write [${name}] and its keys below it`,
  };
}
