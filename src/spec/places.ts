import { type AST, parseTOML } from "toml-eslint-parser";
import { withoutMark } from "./parse.js";

/* Where a key or value stands in the text. smol-toml gives values without places; this parser gives places. */

/** Units: both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

export interface Places {
  /** Of the key itself; for a table its name in the header. The nearest table around it where the path is not there. */
  keyAt(path: Path): Place;
  /** Of the value; for a table with a header the name in the header. */
  valueAt(path: Path): Place;
}

interface Entry {
  readonly key: Place;
  readonly value: Place;
}

/** Text that this parser refuses (smol-toml took it) has no places but its beginning. */
export function indexPlaces(text: string): Places {
  const index = new Map<string, Entry>();
  const program = parseProgram(withoutMark(text));
  for (const node of program?.body[0].body ?? []) {
    if (node.type === "TOMLTable") addHeader(index, node);
    else addPair(index, [], node);
  }
  const find = (path: Path): Entry => {
    for (let length = path.length; length > 0; length -= 1) {
      const entry = index.get(idOf(path.slice(0, length)));
      if (entry !== undefined) return entry;
    }
    return { key: BEGINNING, value: BEGINNING };
  };
  return { keyAt: (path) => find(path).key, valueAt: (path) => find(path).value };
}

/** The syntax tree, for places and for edits that keep the layout; null where this parser refuses the text. */
export function parseProgram(text: string): AST.TOMLProgram | null {
  try {
    return parseTOML(text, { tomlVersion: "1.1" });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

/** No key of ours reaches deeper; a key of a hundred thousand parts must not cost their square. */
const MAX_STEPS = 8;

const BEGINNING: Place = { line: 1, column: 1 };

const idOf = (path: Path): string => JSON.stringify(path);

const placeOf = (node: AST.HasLocs): Place => ({ line: node.loc.start.line, column: node.loc.start.column + 1 });

/** The first place counts: `[a.b]` names `a` before `[a]` does. */
function add(index: Map<string, Entry>, path: Path, entry: Entry): void {
  const id = idOf(path);
  if (!index.has(id)) index.set(id, entry);
}

/** `[a.b]` and `[[a.b]]`; the resolved key has the number of the table behind each name that is a list of tables. */
function addHeader(index: Map<string, Entry>, table: AST.TOMLTable): void {
  const names = table.key.keys;
  let used = -1;
  let place = placeOf(table.key);
  table.resolvedKey.slice(0, MAX_STEPS).forEach((step, at) => {
    if (typeof step === "string") {
      used += 1;
      const name = names[used];
      if (name !== undefined) place = placeOf(name);
    }
    add(index, table.resolvedKey.slice(0, at + 1), { key: place, value: place });
  });
  for (const pair of table.body) addPair(index, table.resolvedKey, pair);
}

function addPair(index: Map<string, Entry>, prefix: Path, pair: AST.TOMLKeyValue): void {
  let path = prefix;
  for (const name of pair.key.keys.slice(0, Math.max(0, MAX_STEPS - prefix.length))) {
    path = [...path, name.type === "TOMLBare" ? name.name : name.value];
    const key = placeOf(name);
    add(index, path, { key, value: name === pair.key.keys.at(-1) ? placeOf(pair.value) : key });
  }
  if (path.length < MAX_STEPS) addContent(index, path, pair.value);
}

function addContent(index: Map<string, Entry>, path: Path, node: AST.TOMLContentNode): void {
  if (node.type === "TOMLInlineTable") {
    for (const pair of node.body) addPair(index, path, pair);
  } else if (node.type === "TOMLArray") {
    node.elements.forEach((element, at) => {
      add(index, [...path, at], { key: placeOf(element), value: placeOf(element) });
      addContent(index, [...path, at], element);
    });
  }
}
