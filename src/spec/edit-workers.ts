import type { AST } from "toml-eslint-parser";
import { BugError, SpecError } from "../errors/errors.js";
import { isTree, MARK, narrow, parseToml, withoutMark } from "./parse.js";
import { parseProgram } from "./places.js";

/**
 * The spec's text with another number of workers and nothing else changed: comments, layout and line ends stay.
 *
 * Shape: `text` is a valid spec; `workers` not there yet is put below `project`.
 * Errors: SPEC_NOT_EDITABLE where the text is laid out in a way that this cannot follow.
 */
export function editWorkers(text: string, count: number): string {
  if (text.startsWith(MARK)) return MARK + editWorkers(withoutMark(text), count);
  const program = parseProgram(text);
  if (program === null) throw notEditable(count);
  const nodes = program.body[0].body;
  const existing = topLevel(nodes, "workers");
  const edited =
    existing === null
      ? insertLine(text, `workers = ${count}`, nodes)
      : text.slice(0, existing.value.range[0]) + String(count) + text.slice(existing.value.range[1]);
  assertOnlyWorkers(text, edited, count);
  return edited;
}

function topLevel(nodes: readonly AST.TOMLNode[], name: string): AST.TOMLKeyValue | null {
  for (const node of nodes) {
    if (node.type !== "TOMLKeyValue" || node.key.keys.length !== 1) continue;
    const [key] = node.key.keys;
    if (key !== undefined && (key.type === "TOMLBare" ? key.name : key.value) === name) return node;
  }
  return null;
}

/** Below `project`; without it (it came from a flag) above the first key or table and the comment that belongs to it. */
function insertLine(text: string, line: string, nodes: readonly AST.TOMLNode[]): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const project = topLevel(nodes, "project");
  const first = nodes[0];
  if (project === null && first !== undefined) {
    const at = startOfBlock(text, first.range[0]);
    return `${text.slice(0, at)}${line}${end}${text.slice(at)}`;
  }
  const newline = project === null ? -1 : text.indexOf("\n", project.range[1]);
  if (newline !== -1) return `${text.slice(0, newline + 1)}${line}${end}${text.slice(newline + 1)}`;
  const gap = text === "" || text.endsWith("\n") ? "" : end;
  return `${text}${gap}${line}${end}`;
}

/** Start of the line, or of the comment lines right above it; a comment at the top of the file belongs to the file. */
function startOfBlock(text: string, offset: number): number {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  let start = lineStart;
  while (start > 0) {
    const above = text.lastIndexOf("\n", start - 2) + 1;
    if (!text.slice(above, start).trimStart().startsWith("#")) return start;
    start = above;
  }
  return lineStart;
}

/** An edit by ranges is proved by reading both texts: all other values are what they were. */
function assertOnlyWorkers(before: string, after: string, count: number): void {
  const [old, edited] = [before, after].map((text) => {
    const parsed = parseToml(text);
    return parsed.status === "parsed" && isTree(parsed.tree) ? narrow(parsed.tree) : null;
  });
  if (old === null || edited === null) throw notEditable(count);
  const expected = { ...(old as object), workers: count };
  const sorted = (value: unknown) =>
    JSON.stringify(Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (sorted(edited) !== sorted(expected)) throw new BugError("the edit of workers changed more than workers");
}

function notEditable(count: number): SpecError {
  return new SpecError("SPEC_NOT_EDITABLE", "the spec's text cannot be edited automatically", {
    hint: `write workers = ${count} into it yourself, then: limaform apply`,
  });
}
