import { type Fields, isFields } from "./fields.js";

/**
 * Object, TAB, array of error texts, one instance a line. `list --json` would lose the error texts, drop empty maps and
 * fail as a whole on a line above 64 KiB.
 *
 * Source: reference/lima.md §2.3, traps 1, 7 and 8.
 */
export const LIST_FORMAT = '{{json .}}{{"\\t"}}[{{range $i,$e := .Errors}}{{if $i}},{{end}}{{json $e.Error}}{{end}}]';

export interface ListedInstance {
  readonly name: string;
  readonly fields: Fields;
  readonly errors: readonly string[];
}

/** Reads one line of the listing; null for a line that is no instance. */
export function readListingLine(line: string): ListedInstance | null {
  // JSON escapes a TAB inside strings, so the last one is the template's.
  const tab = line.lastIndexOf("\t");
  if (tab === -1) return null;
  const fields = json(line.slice(0, tab));
  const errors = json(line.slice(tab + 1));
  if (!isFields(fields) || typeof fields.name !== "string" || !Array.isArray(errors)) return null;
  return { name: fields.name, fields, errors: errors.filter((text): text is string => typeof text === "string") };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
