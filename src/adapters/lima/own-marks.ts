import { type Fields, isFields } from "./fields.js";

/** A `lima.yaml` whose marks were taken out: what is left is the same for all clones of an image. */
export interface MarkedText {
  /** With one stand-in under `param`. */
  readonly rest: string;
  readonly marks: Readonly<Record<string, string>>;
}

/** No word of YAML, so that its value can only be this text. */
const STAND_IN = { name: "limaform_here", value: "marks-of-limaform" };
const HEAD = "param:\n";
const BLOCK = /param:\n((?: {2}limaform_[a-z]+: [^\n]+\n)+)/uy;
/** Values that are one word in any YAML: quoted without escapes, or plain. Under `param` a word is text, whatever it looks like. */
const ENTRY = /^ {2}(limaform_[a-z]+): (?:"([\w./:[\]-]*)"|(\w(?:[\w./:[\]-]*[\w./[\]-])?))$/u;

/**
 * Takes marks out of the text as limaform writes them; null where they stand there in any other way.
 *
 * That they are entries of the mapping `param`, and all of it, is proved by the rest: see `withMarks`.
 */
export function takeMarks(text: string): MarkedText | null {
  // Looked for as text: trying a pattern at every letter takes ten times as long.
  const at = text.startsWith(HEAD) ? 0 : text.indexOf(`\n${HEAD}`) + 1;
  BLOCK.lastIndex = at;
  const block = BLOCK.exec(text);
  if (block === null) return null;
  const marks: Record<string, string> = {};
  for (const line of (block[1] ?? "").trimEnd().split("\n")) {
    const [, name = "", quoted, plain = ""] = ENTRY.exec(line) ?? [];
    if (name === "" || name === STAND_IN.name || Object.hasOwn(marks, name)) return null;
    marks[name] = quoted ?? plain;
  }
  const end = block.index + block[0].length;
  const standIn = `param:\n  ${STAND_IN.name}: ${STAND_IN.value}\n`;
  return { rest: text.slice(0, block.index) + standIn + text.slice(end), marks };
}

/**
 * The whole of what was parsed of the rest, with the marks in place; null where the stand-in did not come out as the one
 * entry of `param`, as when it stood in a longer text or went on in the next line.
 */
export function withMarks(rest: Fields, marks: MarkedText["marks"]): Fields | null {
  const { param } = rest;
  if (!isFields(param) || Object.keys(param).length !== 1 || param[STAND_IN.name] !== STAND_IN.value) return null;
  return { ...rest, param: marks };
}
