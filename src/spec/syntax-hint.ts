import { quoteText } from "../util/quote.js";

/** Where a parser gave up. Units: `line` and `column` count from 1. */
export interface SyntaxProblem {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  /** The parser's own words. */
  readonly reason: string;
}

interface Scene {
  readonly lines: readonly string[];
  readonly at: number;
  readonly line: string;
  /** The line before the column, and from it on. */
  readonly before: string;
  readonly rest: string;
  readonly reason: string;
}

/** How to mend what is no TOML; an empty string where nothing common is recognised. */
export function syntaxHint({ text, line, column, reason }: SyntaxProblem): string {
  const lines = text.split(/\r?\n/);
  const found = lines[line - 1] ?? "";
  const [before, rest] = [found.slice(0, column - 1), found.slice(column - 1)];
  const scene: Scene = { lines, at: line - 1, line: found, before, rest, reason };
  for (const rule of RULES) {
    const hint = rule(scene);
    if (hint !== "") return hint;
  }
  return "";
}

/** The first that recognises its mistake wins. */
const RULES: readonly ((scene: Scene) => string)[] = [
  ({ line }) => (/^(<{7}|={7}|>{7}|\|{7})/.test(line) ? "a merge conflict was left in; to see it: git diff" : ""),
  secondTime,
  openText,
  ({ line }) => (/^\s*\[[^\]]*$/.test(line) ? "end the name of the table with ]" : ""),
  ({ rest }) => (rest.startsWith(":") ? "write = instead of :" : ""),
  ({ before, rest }) => (/=\s*$/.test(before) && rest.startsWith("=") ? "one = is enough" : ""),
  ({ reason }) => (/escape/.test(reason) ? "write \\\\ for each backslash, or the text in single quotes" : ""),
  valueHint,
  ({ lines, at, rest }) =>
    rest === "" && at === lines.length - 1 && at > 0 ? "a [ or { further up is not closed" : "",
];

function openText({ before, rest }: Scene): string {
  const open = /["']/.exec(before.replaceAll(/"[^"]*"|'[^']*'/g, ""))?.[0];
  const quote = rest === "" ? open : /^["'](?=[^"']*$)/.exec(rest)?.[0];
  return quote === undefined ? "" : `end the text with ${quote}`;
}

/** A key or table that stands further up already: where. */
function secondTime({ lines, at, line, reason }: Scene): string {
  if (!/redefine/.test(reason)) return "";
  const head = headOf(line);
  const first = lines.slice(0, at).findLastIndex((other) => headOf(other) === head);
  return first === -1 ? "it is set further up already" : `it stands in line ${first + 1} already: keep one of them`;
}

const headOf = (line: string): string => (/^\s*(\[+[^\]]*\]+|[^=]*)/.exec(line)?.[1] ?? "").trim();

/** A value without quotes is what people write most. */
function valueHint({ line }: Scene): string {
  const value = /^[^=#]*=\s*(.*?)\s*(#.*)?$/.exec(line)?.[1];
  if (value === undefined) return "";
  if (value === "") return "write a value after =, or take the line out";
  if (/^[“”‘’„«]/.test(value)) return 'write straight quotes: "';
  if (/^["'[{]/.test(value)) return "";
  if (/^[0-9+-][0-9_.]*[,;]?$/.test(value)) return "";
  return /^[^"'\s][^"']*$/.test(value) ? `write it in quotes: ${quoteText(value.replace(/[,;]$/, ""))}` : "";
}
